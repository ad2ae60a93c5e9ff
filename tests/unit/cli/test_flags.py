import pytest

from reliabel.cli.app import in_options, options_by_keyword
from reliabel.cli.audit import audit
from reliabel.cli.flags import as_flags

FLAGS = {"label": "--label", "kind": "--kind", "separator": "--separator", "id": "--id"}


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("name it with label=.  The", "name it with --label.  The"),
        ("separator='|' splits", "separator='|' splits".replace("separator=", "--separator ")),
        ("kind='numbers' takes them", "--kind numbers takes them"),
        ("leave id= out (label= too)", "leave --id out (--label too)"),
        ("rl.read(label=y, id='a')", "rl.read(label=y, id='a')"),
        ("label=[...] (--label once for each)", "label=[...] (--label once for each)"),
        ("give features=", "give features="),
        ("ids: column 'n' (id= names another)", "ids: column 'n' (--id names another)"),
        ("texts: column 't' (text= names another)", "texts: column 't'"),
        ("the cell 'label=3' is odd", "the cell 'label=3' is odd"),
        ("cannot read label=cat/x.csv", "cannot read label=cat/x.csv"),
        ("labels.y == label==2", "labels.y == label==2"),
    ],
)
def test_keywords_are_shown_as_options(sentence, shown):
    assert as_flags(sentence, FLAGS) == shown


def test_reports_on_the_terminal_speak_of_options_in_their_remarks_alone():
    report = "Better evidence: give features (features=)\nNext: reliabel sample label=a --n 9\n"
    assert in_options(report, audit) == report.replace("features=", "--features")


def test_options_are_those_that_the_command_declares():
    options = options_by_keyword(audit)
    assert (options["merge_alike"], options["out"]) == ("--merge-alike", "--out")
    assert options["json"] == "--json"
    assert "file" not in options
