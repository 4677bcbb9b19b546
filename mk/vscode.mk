# The VS Code client: checks, unit tests, the VSIX, and a real VS Code with it.

VSCODE_SOURCES := $(shell find vscode-client/src vscode-client/webview vscode-client/bundling -type f)
VSCODE_SHIPPED := $(shell find vscode-client/l10n vscode-client/media vscode-client/walkthrough -type f)
VSIX := build/issuelens-$(shell sed -n 's/^  "version": "\(.*\)",/\1/p' package.json).vsix

.PHONY: activation vscode-check vsix vscode workbench test-vscode pictures try

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

$(VSIX): $(STAMPS)/python dist/extension.js scripts/build_vsix.py requirements/runtime.txt vscode-client/README.md CHANGELOG.md \
         $(shell find server/issuelens -name '*.py') package.json package.nls.json .vscodeignore $(VSCODE_SHIPPED)
	$(BIN)/python scripts/build_vsix.py

# First what may be missing: where there is no VS Code, nothing is built for it. Two must not build the VSIX at once:
# the lock is the one that the tests take.
vscode:
	@bash scripts/need-vscode.sh
	@[ -e build/vscode/missing ] || $(MAKE) --no-print-directory workbench

workbench: $(STAMPS)/node
	@if command -v flock >/dev/null; then flock build/vsix.lock $(MAKE) --no-print-directory vsix; \
	else $(MAKE) --no-print-directory vsix; fi
	@rm -rf build/vscode/tests build/vscode/failed
	@npm run --silent workbench

test-vscode: vscode ## what is seen in a real VS Code
	@[ -e build/vscode/missing ] || \
	node --enable-source-maps --test --test-reporter=spec --test-concurrency=1 build/vscode/tests/*.test.js

pictures: vscode ## the pictures of the README, drawn anew in a real VS Code
	@[ ! -e build/vscode/missing ] && UPDATE_PICTURES=1 node --enable-source-maps --test build/vscode/tests/pictures.test.js

activation: vscode ## how long the extension takes to be activated in a real VS Code
	@[ -e build/vscode/missing ] || node --enable-source-maps build/vscode/tests/activation.js

try: vscode ## a real VS Code with the extension and a sample workspace, in your browser
	@[ ! -e build/vscode/missing ] && exec node --enable-source-maps build/vscode/tests/try.js
