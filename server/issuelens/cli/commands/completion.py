"""`completion`: the script that makes a shell complete commands, options, and ids with their titles."""

from __future__ import annotations

import re

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, get_completion_class

from issuelens.cli.main import COMPLETION_VARIABLE
from issuelens.cli.options import json_option
from issuelens.cli.output import on_terminal, say, write, write_json


class TitledBashComplete(BashComplete):
    """Bash shows no descriptions; a title stands behind each id while there are several to choose from."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local response
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete $1)
    while IFS=',' read -r type value; do
        if [[ $type == 'dir' ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            COMPREPLY+=("$value")
        fi
    done <<< "$response"
    if [[ ${#COMPREPLY[@]} -eq 1 ]]; then
        COMPREPLY=("${COMPREPLY[0]%%%%  -- *}")
    fi
    return 0
}
%(complete_func)s_setup() {
    complete -o nosort -F %(complete_func)s %(prog_name)s
}
%(complete_func)s_setup;
"""

    def format_completion(self, item: CompletionItem) -> str:
        """The kind and the word, with its title."""
        # With menu-complete a title comes onto the command line, where nothing of it may mean anything.
        words = " ".join(re.sub(r"[^\w .,:/@+-]", "", item.help or "").split())[:60]
        title = f"  -- {words}" if words and item.type == "plain" else ""
        return f"{item.type},{item.value}{title}"


add_completion_class(TitledBashComplete, "bash")


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@json_option
@click.pass_context
def completion(ctx: click.Context, shell: str, as_json: bool) -> None:
    """Print the script that makes SHELL complete commands, options, and ids with their titles.

    Example: issuelens completion bash > ~/.local/share/bash-completion/completions/issuelens
    """
    cls = get_completion_class(shell)
    assert cls is not None
    script = cls(ctx.find_root().command, {}, "issuelens", COMPLETION_VARIABLE).source()
    if as_json:
        write_json({"shell": shell, "script": script})
        return
    write(script.strip("\n"))
    if on_terminal():
        say(f"# {_PLACES[shell]}")


_PLACES = {
    "bash": 'In ~/.local/share/bash-completion/completions/issuelens, or: eval "$(issuelens completion bash)"',
    "zsh": 'In a folder of $fpath as _issuelens, or: eval "$(issuelens completion zsh)"',
    "fish": "In ~/.config/fish/completions/issuelens.fish",
}
