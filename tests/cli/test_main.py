"""The command line as its users meet it: real processes, their words and their exit status."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from importlib.metadata import distributions, version
from pathlib import Path

import pytest

from impasse.cli.main import COMMANDS

MADE_UP = '''
"""A command that ends in every way there is."""
import time, typer
from impasse.domain import errors
from impasse.domain.text import Text

def end(how: str) -> None:
    text = Text("zo gaat het niet.", "that will not do.")
    match how:
        case "well":
            print("done")
        case "honest-no":
            raise typer.Exit(1)
        case "Invalid":
            raise errors.Invalid(text, [errors.Fault("/parties/0", Text("noem haar", "name"))])
        case "ConditionsNotMet":
            raise errors.ConditionsNotMet(text, [errors.Lack("m", Text("mandaat", "mandate"))])
        case "patiently":
            print("ready", flush=True)
            time.sleep(60)
        case "chattering":
            while True:
                print("x" * 1000)
        case "by-accident":
            raise RuntimeError("a secret of the inside")
        case _:
            raise getattr(errors, how)(text)

'''

MADE_UP_GROUP = '''
"""A group with one command, that asks something."""
import typer
from typing import Annotated

app = typer.Typer()

@app.command()
def ask(name: Annotated[str, typer.Option(prompt=True)]) -> None:
    """Ask for a name."""
    print(f"dag {name}")
'''

RUN_WITH_IT = """
from impasse.cli import main
from impasse.domain.text import same
main.COMMANDS.append(main.Command("end", "made_up", same("End in some way.")))
main.COMMANDS.append(main.Command("made-up", "made_up_group", same("Ask for things.")))
main.run()
"""


def surroundings(**extra: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("IMPASSE_")}
    return own | extra


def impasse(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "impasse", *arguments],
        env=surroundings(**environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def made_up(tmp_path):
    """Return what starts a process with two commands more: `end`, and a group."""
    (tmp_path / "made_up.py").write_text(MADE_UP)
    (tmp_path / "made_up_group.py").write_text(MADE_UP_GROUP)
    (tmp_path / "run.py").write_text(RUN_WITH_IT)

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, tmp_path / "run.py", *arguments],
            env=surroundings(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def ending(made_up):
    """Return how a command ends: its status, and its words on stdout and stderr."""

    def end(*how: str, **environment: str) -> tuple[int, str, str]:
        process = made_up("end", *how, **environment)
        said, complained = process.communicate(timeout=60)
        return process.returncode, said, complained

    return end


def test_help_names_every_command_on_stdout():
    answer = impasse("--help")
    assert answer.returncode == 0
    assert answer.stderr == ""
    for name in ("serve", "worker", "db", "term", "workflow", "early-warning", "audit", "doctor"):
        assert f"\n  {name} " in answer.stdout


def test_help_speaks_the_language_of_the_reader():
    assert "Bereken de laatste dag" in impasse("--help").stdout
    assert "Find the last day" in impasse("--help", IMPASSE_LANGUAGE="en").stdout


def test_the_help_of_a_command_opens_with_its_line_in_the_language_of_the_reader():
    assert "Bereken de laatste dag" in impasse("term", "--help").stdout
    assert "Find the last day" in impasse("term", "--help", IMPASSE_LANGUAGE="en").stdout


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from impasse.cli.main import run; sys.argv = ['impasse', '--help']\n"
        "try: run()\n"
        "except SystemExit: print(*sorted(sys.modules), file=sys.stderr)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stderr.split()
    assert "typer" in loaded
    assert not {"sqlmodel", "sqlalchemy", "fastapi", "httpx", "transitions", "pydantic"} & set(
        loaded
    )


def test_without_a_command_help_is_shown_and_the_status_is_2():
    answer = impasse()
    assert answer.returncode == 2
    assert "early-warning" in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["term", "2027-02-12", "6 weeks"], ["--help"]])
def test_an_answer_that_does_not_arrive_is_said_so(arguments, unbuffered):
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "impasse", *arguments],
            env=surroundings(PYTHONUNBUFFERED=unbuffered),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert answer.returncode == 2
    assert answer.stderr.startswith("impasse: De uitvoer kon niet worden geschreven (")
    assert answer.stderr.count("\n") == 1


def test_who_closed_the_output_hears_nothing():
    script = f"exec {shlex.quote(sys.executable)} -m impasse term 2027-02-12 '6 weeks' >&-"
    answer = subprocess.run(
        ["sh", "-c", script], env=surroundings(), capture_output=True, check=False, timeout=60
    )
    assert (answer.returncode, answer.stderr) == (0, b"")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_no_help_shows_words_that_were_meant_for_who_changes_the_program(command):
    said = impasse(command.name, "--help", IMPASSE_LANGUAGE="en").stdout
    assert command.help.en in " ".join(said.split())
    assert "Stand before" not in said


def test_help_is_explained_in_the_language_of_the_reader():
    for arguments in (["--help"], ["agenda", "--help"], ["agenda", "show", "--help"]):
        assert "Toon deze uitleg." in impasse(*arguments).stdout
        assert "Show this help." in impasse(*arguments, IMPASSE_LANGUAGE="en").stdout


@pytest.mark.parametrize(
    ("arguments", "dutch", "english"),
    [
        (
            ["trem"],
            "Er is geen opdracht 'trem'; bedoelt u 'term'? Zie: impasse --help",
            "No such command 'trem'. Did you mean 'term'? See: impasse --help",
        ),
        (
            ["xyzzy"],
            "Er is geen opdracht 'xyzzy'. Zie: impasse --help",
            "No such command 'xyzzy'. See: impasse --help",
        ),
        (
            ["--shout"],
            "Er is geen optie --shout. Zie: impasse --help",
            "No such option: --shout. See: impasse --help",
        ),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_the_way_to_help(arguments, dutch, english):
    for language, sentence in (("nl", dutch), ("en", english)):
        answer = impasse(*arguments, IMPASSE_LANGUAGE=language)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert answer.stderr == f"impasse: {sentence}\n"


def test_a_missing_argument_is_named(ending):
    complaint = "impasse: Het argument 'how' ontbreekt. Zie: impasse end --help\n"
    assert ending() == (2, "", complaint)


def test_a_group_with_one_command_is_still_a_group(made_up):
    said, complained = made_up("made-up", "ask", "--name", "allen").communicate(timeout=60)
    assert (said, complained) == ("dag allen\n", "")
    said, _ = made_up("made-up", "--help").communicate(timeout=60)
    assert "Ask for things." in said
    assert "\n  ask " in said


def test_a_group_without_a_command_is_wrong_usage(made_up):
    process = made_up("made-up")
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 2
    assert complained == "impasse: Noem een opdracht. Zie: impasse made-up --help\n"


def test_a_question_that_nobody_answers_ends_with_130(made_up):
    process = made_up("made-up", "ask")
    process.communicate(timeout=60)
    assert process.returncode == 130


@pytest.mark.skipif(not list(distributions(name="impasse")), reason="runs from a bare source tree")
def test_the_version_is_that_of_the_installed_package():
    assert impasse("--version").stdout == f"impasse {version('impasse')}\n"


def test_a_command_that_is_done_ends_with_0(ending):
    assert ending("well") == (0, "done\n", "")


def test_a_command_may_answer_no_by_itself(ending):
    assert ending("honest-no") == (1, "", "")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("NotFound", 1),
        ("NotAllowed", 1),
        ("Conflict", 1),
        ("StaleRevision", 1),
        ("NoSuchMove", 1),
        ("Unreadable", 2),
        ("Unavailable", 2),
    ],
)
def test_a_no_ends_with_1_and_what_cannot_be_answered_with_2(ending, error, status):
    assert ending(error) == (status, "", "impasse: zo gaat het niet.\n")
    assert ending(error, IMPASSE_LANGUAGE="en") == (status, "", "impasse: that will not do.\n")


def test_all_faults_are_listed(ending):
    assert ending("Invalid") == (
        2,
        "",
        "impasse: zo gaat het niet.\n  - /parties/0: noem haar\n",
    )


def test_all_that_is_lacking_is_listed(ending):
    assert ending("ConditionsNotMet") == (1, "", "impasse: zo gaat het niet.\n  - mandaat\n")


def test_a_fault_of_our_own_shows_no_traceback(ending):
    status, said, complained = ending("by-accident")
    assert (status, said) == (2, "")
    assert complained == (
        "impasse: Onverwachte fout (RuntimeError); "
        "zet IMPASSE_LOG_LEVEL=debug voor meer in het logboek.\n"
    )


def test_who_asks_for_the_log_gets_the_traceback_there(ending):
    _, _, complained = ending("by-accident", IMPASSE_LOG_LEVEL="debug", IMPASSE_LOG_FORMAT="json")
    sentence, line = complained.splitlines()
    assert sentence.startswith("impasse: Onverwachte fout")
    assert "a secret of the inside" in line


def test_an_interrupted_command_ends_quietly_with_130(made_up):
    process = made_up("end", "patiently")
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, complained = process.communicate(timeout=60)
    assert (process.returncode, complained) == (130, "")


def test_when_nobody_reads_any_more_the_command_ends_quietly(made_up):
    process = made_up("end", "chattering")
    process.stdout.readline()
    process.stdout.close()
    complained = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), complained) == (141, "")
