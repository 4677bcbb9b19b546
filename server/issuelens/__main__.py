"""Chooses what to be by the first words of the command line, and imports nothing else: starting fast is a feature."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """The `issuelens` command."""
    sys.exit(_run(sys.argv[1:]))


def _run(argv: list[str]) -> int:
    try:
        return _chosen(argv)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has left; closing standard output again must not fail either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _chosen(argv: list[str]) -> int:
    if argv[:1] == ["lsp"] and not {"--help", "-h"} & set(argv):
        from issuelens.lsp.main import main as lsp

        return lsp(argv[1:])
    if argv[:2] == ["daemon", "run"]:
        return _daemon(argv[2:])
    if argv[:2] == ["daemon", "start"] and "--root" in argv:
        from issuelens.ipc.launch import main as start

        return start(argv[2:])
    if argv[:1] == ["merge-driver"]:
        from issuelens.sync.merge_driver import main as merge_driver

        return merge_driver(argv[1:])
    if argv[:1] == ["demo"]:
        from issuelens.demo.main import main as demo

        return demo(argv[1:])
    return _command_line(argv)


def _daemon(argv: list[str]) -> int:
    """Runs the daemon, loaded without looking for garbage: clients whose daemon has died wait for just that."""
    gc.disable()
    from issuelens.daemon.main import main as daemon

    gc.freeze()
    gc.enable()
    return daemon(argv)


def _command_line(argv: list[str]) -> int:
    """Runs one command without looking for garbage, which is a tenth of its time; the process ends at once anyway."""
    gc.disable()
    from issuelens.cli.main import main as cli

    code = cli(argv)
    gc.freeze()
    return code


if __name__ == "__main__":
    main()
