# The VS Code client: checks, unit tests and the VSIX.

VSCODE_SOURCES := $(shell find vscode-client/src vscode-client/webview -type f)
VSIX := build/issuelens-$(shell sed -n 's/^  "version": "\(.*\)",/\1/p' package.json).vsix

.PHONY: vscode-check vsix

$(STAMPS)/node: package.json package-lock.json .npmrc
	@mkdir -p $(STAMPS)
	@bash scripts/need-node.sh
	npm ci --ignore-scripts --loglevel=error
	@touch $@

vscode-check: $(STAMPS)/node ## types, lint and unit tests of the VS Code client
	npm run --silent check
	npm run --silent unit

dist/extension.js: $(STAMPS)/node $(VSCODE_SOURCES) tsconfig.json
	npm run --silent bundle -- --log-level=warning

vsix: $(VSIX) ## the installable VS Code extension, with the server and its libraries in it

$(VSIX): $(STAMPS)/python dist/extension.js scripts/build_vsix.py requirements/runtime.txt README.md CHANGELOG.md \
         $(shell find server/issuelens -name '*.py') package.json package.nls.json
	$(BIN)/python scripts/build_vsix.py
