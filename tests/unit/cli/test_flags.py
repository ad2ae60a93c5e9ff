import pytest

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
        ("the cell 'label=3' is odd", "the cell 'label=3' is odd"),
        ("labels.y == label==2", "labels.y == label==2"),
    ],
)
def test_keywords_are_shown_as_options(sentence, shown):
    assert as_flags(sentence, FLAGS) == shown
