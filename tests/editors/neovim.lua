-- Plays a scenario in a headless Neovim and writes down what is seen, a JSON object a line.
-- ISSUELENS_SCENARIO: a Lua file; it calls the functions of `play`. ISSUELENS_SEEN: the file that is written.
local DEADLINE = 30000
local seen = assert(io.open(vim.env.ISSUELENS_SEEN, "w"))
local play = {}

local function tell(name, value)
  seen:write(vim.json.encode({ name = name, value = value == nil and vim.NIL or value }), "\n")
  seen:flush()
end

--- Waits until a function gives something, and gives it.
function play.wait(what, found)
  local value
  local done = vim.wait(DEADLINE, function()
    value = found()
    return value
  end, 20)
  assert(done, "in vain: " .. what)
  return value
end

--- Waits for it and writes it down.
function play.see(name, found)
  tell(name, play.wait(name, found))
end

function play.client()
  return (vim.lsp.buf_get_clients(0))[next(vim.lsp.buf_get_clients(0)) or -1]
end

function play.open(path, line, column)
  vim.cmd("edit " .. vim.fn.fnameescape(path))
  play.wait("the client attached", function()
    local client = play.client()
    return client and client.initialized
  end)
  play.at(line or 1, column or 0)
end

--- Lines from 1, columns in bytes from 0.
function play.at(line, column)
  vim.api.nvim_win_set_cursor(0, { line, column })
end

function play.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

--- What is drawn, with lenses and diagnostics at the ends of lines.
function play.screen()
  vim.cmd("redraw")
  local rows = {}
  for row = 1, vim.o.lines do
    local signs = {}
    for column = 1, vim.o.columns do
      signs[column] = vim.fn.screenstring(row, column)
    end
    rows[row] = (table.concat(signs):gsub("%s+$", ""))
  end
  return table.concat(rows, "\n")
end

function play.on_screen(words)
  local screen = play.screen()
  return screen:find(words, 1, true) and screen
end

--- The text of the windows that float, such as a hover.
function play.floating()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      local buffer = vim.api.nvim_win_get_buf(window)
      return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
    end
  end
end

function play.lenses()
  vim.lsp.codelens.refresh()
  local titles = {}
  for _, lens in ipairs(vim.lsp.codelens.get(0) or {}) do
    titles[#titles + 1] = lens.command and lens.command.title
  end
  return #titles > 0 and titles
end

--- Runs the lens with this title on the cursor's line, as a person who is asked which.
function play.run_lens(title)
  play.wait("a lens " .. title, function()
    return vim.tbl_contains(play.lenses() or {}, title)
  end)
  play.choose(title)
  vim.lsp.codelens.run()
end

--- The next question which of several is answered with the one that holds these words.
function play.choose(words)
  vim.ui.select = function(items, options, done)
    for number, item in ipairs(items) do
      local label = options.format_item and options.format_item(item) or tostring(item)
      if label:find(words, 1, true) then
        return done(item, number)
      end
    end
    error("nothing to choose has " .. words .. ": " .. vim.inspect(items))
  end
end

--- The server's next questions are answered with the button that has these words; Neovim 0.7 would wait for a key.
function play.answer(words)
  vim.lsp.handlers["window/showMessageRequest"] = function(_, asked)
    for _, action in ipairs(asked.actions or {}) do
      if action.title:find(words, 1, true) then
        return action
      end
    end
    return vim.NIL
  end
end

--- Types into the buffer as keys do.
function play.keys(keys)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), "xt", false)
end

--- What omnifunc would offer behind the cursor: a menu needs somebody who types.
function play.completions()
  local params = vim.lsp.util.make_position_params(0, play.client().offset_encoding)
  params.position.character = params.position.character + 1
  local answers = vim.lsp.buf_request_sync(0, "textDocument/completion", params, DEADLINE)
  local result = answers and answers[play.client().id].result
  local items = result and vim.lsp.util.text_document_completion_list_to_complete_items(result, "") or {}
  local words = vim.tbl_map(function(item)
    return item.word
  end, items)
  return #words > 0 and words
end

function play.diagnostics()
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    found[#found + 1] = one.message
  end
  return #found > 0 and found
end

--- Runs the command line beside the editor.
function play.issuelens(...)
  local output = vim.fn.system({ "issuelens", ... })
  assert(vim.v.shell_error == 0, output)
  return output
end

play.tell = tell

vim.api.nvim_create_autocmd("VimEnter", {
  callback = function()
    vim.schedule(function()
      local good, problem = xpcall(function()
        assert(loadfile(vim.env.ISSUELENS_SCENARIO))()(play)
      end, debug.traceback)
      if not good then
        tell("problem", tostring(problem) .. "\n" .. play.screen())
      end
      vim.cmd(good and "qall!" or "1cquit")
    end)
  end,
})
