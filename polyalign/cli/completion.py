"""polyalign completion: what makes a shell complete commands, options, choices and files."""

from __future__ import annotations

from click.shell_completion import get_completion_class

from polyalign.cli.command import COMPLETE, Choice, Options, argument, command
from polyalign.cli.output import print_lines


@command(
    "make Tab complete commands, options and files",
    argument("SHELL", "bash, zsh or fish", type=Choice(("bash", "zsh", "fish"))),
    examples=(
        "completion bash >> ~/.bashrc",
        "completion zsh >> ~/.zshrc",
        "completion fish > ~/.config/fish/completions/polyalign.fish",
    ),
)
def completion(options: Options) -> int:
    """Print a script that makes your shell complete what follows polyalign."""
    from polyalign.cli import program

    script = get_completion_class(options.shell)
    assert script, "click knows these three"
    print_lines(script(program, {}, "polyalign", COMPLETE).source().split("\n"))
    return 0
