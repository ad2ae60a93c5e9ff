"""report: an audit as a page, as text, as a table; and a folder that holds a consensus instead."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made_runs import a_model, data_and_truth

import reliabel as rl
from reliabel.core.corrections import corrections
from reliabel.core.training import Training
from reliabel.folders.audit_folder import load, save
from reliabel.folders.model_folder import ModelCard, save_model
from reliabel.verbs.write_consensus import write_consensus as write


@pytest.fixture
def consensus(tmp_path):
    truth = np.arange(30) % 2
    votes = {
        "task": np.repeat(np.arange(30), 3).tolist(),
        "who": ["ann", "bob", "cyd"] * 30,
        "answer": [
            f"c{t if (i + w) % 7 else 1 - t}" for i, t in enumerate(truth) for w in range(3)
        ],
    }
    data = rl.read(votes, item="task", worker="who", label="answer")
    write(rl.aggregate(data, by="dawid_skene"), data, tmp_path / "v.consensus")
    return tmp_path / "v.consensus"


def test_the_page_of_a_consensus_is_kept_and_copied(consensus, tmp_path):
    page = (consensus / "report.html").read_text(encoding="utf-8")
    assert rl.report(consensus, consensus / "report.html") == page
    assert (consensus / "report.html").read_text(encoding="utf-8") == page
    rl.report(consensus, tmp_path / "copy.html")
    assert (tmp_path / "copy.html").read_text(encoding="utf-8") == page


def test_of_a_consensus_there_is_a_table_and_no_text(consensus):
    assert rl.report(consensus, form="csv").startswith("item,id,finds,")
    with pytest.raises(ValueError, match="is a consensus folder: aggregate again for its summary"):
        rl.report(consensus, form="text")
    (consensus / "report.html").unlink()
    with pytest.raises(ValueError, match="aggregate again for its page"):
        rl.report(consensus)


def test_the_form_follows_the_name_and_an_unknown_one_is_refused(tmp_path):
    audit = rl.audit(rl.Classes(np.arange(20) % 2), probs=np.full((20, 2), 0.5))
    save(audit, tmp_path / "a")
    assert rl.report(tmp_path / "a", tmp_path / "f.csv").startswith("item,id,")
    assert rl.report(tmp_path / "a", tmp_path / "f.txt").startswith("Wrong labels:")
    assert (tmp_path / "f.csv").exists()
    with pytest.raises(ValueError, match=r"form must be one of html, text, csv, .*got 'pdf'"):
        rl.report(audit, form="pdf")


@pytest.fixture
def trained(tmp_path):
    """A model folder, the model, and what it learnt from."""
    data, truth = data_and_truth(200, 4, 0, ("a", "b", "c", "d"))
    model = a_model(data, truth)
    card = ModelCard("guest_method", {}, Training(epochs=12), ("a", "b", "c", "d"))
    changed = corrections(model, data, "guest_method")
    return save_model(model, card, tmp_path / "t.model", audit=changed), model, data


def test_a_model_folder_has_page_summary_and_changed_labels(trained, tmp_path):
    folder, _, _ = trained
    page = rl.report(folder, tmp_path / "page.html", test=(0.9, 40))
    assert page == (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "It is right on 90.0\u00a0% of 40 test labels." in page
    assert rl.report(folder, form="text").startswith("Guest method, epoch 5 of 12, agrees with")
    rows = rl.report(folder, tmp_path / "changed.csv").splitlines()
    assert rows[0].startswith("item,id,finds,")
    assert rows == rl.report(load(folder), form="csv").splitlines()


def test_a_model_is_reported_with_the_labels_it_learnt_from(trained, tmp_path):
    _, model, data = trained
    alone = rl.report(model, tmp_path / "page.html")
    assert "The model, epoch 5 of 12, agrees with" in alone
    assert 'id="labels"' not in alone
    with pytest.raises(ValueError, match="are not known; give them as labels="):
        rl.report(model, form="csv")
    for given in (data, data.labels):
        assert 'id="labels"' in rl.report(model, labels=given)
    carried = replace(model, info={**model.info, "data": data, "by": "guest_method"})
    assert "Guest method, epoch 5" in rl.report(carried)
    assert rl.report(carried, form="csv") == rl.report(carried, form="csv", labels=data)


def test_decisions_on_the_changed_labels_go_into_the_data(trained, tmp_path):
    folder, model, data = trained
    plain = replace(data, source={})
    audit = corrections(model, plain, "guest_method")
    save_model(model, ModelCard("guest_method"), folder, audit=audit)
    first = load(folder).findings[0]
    (tmp_path / "decisions.csv").write_text(
        f"id,verdict,label\n{first.id},change,{first.suggest}\n", encoding="utf-8"
    )
    mended = rl.apply(folder, decisions=tmp_path / "decisions.csv")
    assert mended["changed"] == 1
    now = mended["labels"].y
    assert data.labels.names[now[first.item]] == first.suggest
    assert (now != data.labels.y).sum() == 1
    with pytest.raises(ValueError, match="P\\(wrong\\)"):
        rl.apply(folder, auto=0.95)
