"""Where PyTorch is not installed, scikit-learn trains the end model, and it is said."""

import subprocess
import sys

import pytest

from reliabel.auto.aggregate import learner_of_functions
from reliabel.core import catalogue

SCRIPT = """
import importlib.util, sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")

sys.meta_path.insert(0, Without())
real = importlib.util.find_spec
from reliabel.core import catalogue
catalogue.find_spec = lambda name: None if name == "torch" else real(name)
import reliabel as rl
from reliabel.reporters.functions_text import end_model_text
from reliabel.rules import keyword
from reliabel.verbs.end_model import end_model
texts = ["free prize now", "money prize", "noon at the cafe", "meet at noon cafe"] * 15
texts += ["a prize", "the cafe"]
rules = [keyword("spam", "free"), keyword("spam", "money"), keyword("ham", "noon")]
data = rl.votes_from_functions(texts, rules)
found = end_model(rl.aggregate(data), data, embed="tfidf", folder=sys.argv[1])
print(end_model_text(found, "m")[0])
print(found.labels.p[-2:].argmax(1).tolist(), rl.predict(sys.argv[1], ["prize"]).predicted)
"""


@pytest.mark.slow
def test_the_end_model_needs_no_torch(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "m")], capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        "End model: soft_logistic on 60 items with probabilities; m",
        "[1, 0] ['spam']",
    ], done.stderr


def test_which_learner_it_is(monkeypatch):
    monkeypatch.setattr(catalogue, "find_spec", lambda name: None)
    assert learner_of_functions() == "soft_logistic"
    monkeypatch.setattr(catalogue, "find_spec", lambda name: name)
    assert learner_of_functions() == "cross_entropy"
