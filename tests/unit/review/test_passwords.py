"""The file of people, and the command that makes it."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("argon2")

from typer.testing import CliRunner

from reliabel.cli import app
from reliabel.review.passwords import Passwords, add_user, read_users


def run(*words, typed="", code=0):
    done = CliRunner().invoke(app, [str(word) for word in words], input=typed)
    assert done.exit_code == code, done.output
    return done


def test_the_command_writes_people_with_hashes_alone(tmp_path):
    path = tmp_path / "people.txt"
    run("user", path, "ada", "--role", "admin", typed="correct horse\n")
    run("user", path, "bob", typed="battery staple\n")
    assert "new password" in run("user", path, "bob", typed="another staple\n").stdout
    text = path.read_text()
    assert "horse" not in text
    assert "staple" not in text
    assert os.stat(path).st_mode & 0o077 == 0
    users = read_users(path)
    assert {one.name: one.role for one in users.values()} == {"ada": "admin", "bob": "reviewer"}
    passwords = Passwords(users)
    assert passwords.right("ada", "correct horse")
    assert passwords.right("bob", "another staple")
    assert not passwords.right("bob", "battery staple")
    assert not passwords.right("eve", "correct horse")
    assert not passwords.right("eve", "nobody has this password")


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        (("ada",), "short\n", "a password has 8 to 1,000 characters"),
        (("ada", "--role", "boss"), "correct horse\n", "'boss' is no role"),
        (("a:b",), "correct horse\n", "'a:b' is no name of a person"),
        ((" ada",), "correct horse\n", "is no name of a person"),
    ],
)
def test_bad_people_are_a_sentence_and_nothing_is_written(tmp_path, words, typed, sentence):
    done = run("user", tmp_path / "p.txt", *words, typed=typed, code=2)
    assert sentence in done.stderr
    assert not (tmp_path / "p.txt").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ada:boss:$argon2id$x\n", "line 1: 'boss' is no role"),
        ("# people\nada:admin:secret\n", "line 2: the password of 'ada' is not hashed"),
        ("ada:admin:\nada:admin:\n", "line 2: 'ada' stands there twice"),
        ("# nobody\n", "names nobody"),
        (":admin:\n", "is no name of a person"),
    ],
)
def test_a_file_that_cannot_be_is_a_sentence(tmp_path, text, sentence):
    (tmp_path / "p.txt").write_text(text)
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")):
        read_users(tmp_path / "p.txt")


def test_other_lines_stay(tmp_path):
    path = tmp_path / "p.txt"
    path.write_text("# the people of the survey\n")
    add_user(path, "ada", "reviewer", "correct horse")
    assert path.read_text().startswith("# the people of the survey\nada:reviewer:$argon2id$")
