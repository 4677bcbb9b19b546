# The editors that are driven for real.

.PHONY: test-editors editors

editors: ## Neovim and Emacs, installed where that can be done
	@bash scripts/need-editors.sh

test-editors: $(STAMPS)/python editors ## what is seen in a real Neovim and a real Emacs
	$(BIN)/python -m pytest tests/editors
