"""The headline, the class table and the matrix of a page say the same numbers."""

import re
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import an_audit, not_identified, with_p_wrong

import reliabel as rl
from reliabel.core.labels import MultiLabel
from reliabel.core.results import Interval
from reliabel.folders.audit_folder import load, save
from reliabel.reporters import html
from reliabel.reporters.class_numbers import class_numbers
from reliabel.reporters.sentences import AuditView


def headline(page):
    """The number of wrong labels in the heading."""
    said = re.search(r"<h1>(.*?)</h1>", page, re.S).group(1)
    return int(re.search(r"[\d,]*\d", said).group(0).replace(",", ""))


def table(page):
    """Column of wrong labels of the class table, and its sum as the last row says it."""
    part = page[page.index('id="labels"') :]
    rows = re.findall(r"<tr>(.*?)</tr>", part[: part.index("</tfoot>")], re.S)
    cells = [
        [re.sub(r"<[^>]*>", "", c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r)]
        for r in rows
    ]
    place = next(i for i, name in enumerate(cells[0]) if "wrong" in name or name == "flagged")
    column = [row[place].replace(",", "") for row in cells[1:]]
    return [int(cell) for cell in column[:-1] if cell != "not counted"], int(column[-1])


def matrix(page):
    """The sum of the cells of the matrix that say a label looks like another class."""
    part = page[page.index('id="labels"') : page.index('id="cards"')]
    return sum(
        int(n.replace(",", ""))
        for n in re.findall(r"<title>given [^<]*?: ([\d,]+) \([^)]*\) looks like", part)
    )


def of_classes(seed=0, n=1200):
    """Three classes, a twentieth of the labels wrong, and a good model's probabilities."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6))
    logits = 7 * x[:, :3]
    true = logits.argmax(1)
    p = np.exp(logits - logits.max(1, keepdims=True))
    wrong = rng.random(n) < 0.05
    y = np.where(wrong, (true + rng.integers(1, 3, n)) % 3, true)
    names = ("cat", "dog", "cow")
    return rl.Classes(y, names), p / p.sum(1, keepdims=True), [names[c] for c in true]


def of_questions(n=900):
    """Four questions, the last answered by chance, so that its errors cannot be counted."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 4))
    y = (x > 0).astype(int)
    y[:, 3] = rng.integers(0, 2, n)
    y[:, :3] ^= rng.random((n, 3)) < 0.04
    p = 1 / (1 + np.exp(-9 * x))
    p[:, 3] = np.clip(0.5 + 0.05 * rng.normal(size=n), 0.1, 0.9)
    return MultiLabel(y, ("a", "b", "c", "d")), p


def test_of_classes_all_agree_before_and_after_a_review(tmp_path):
    y, p, true = of_classes()
    audit = rl.audit(y, probs=p, folder=tmp_path)
    page = html.render(audit)
    column, total = table(page)
    assert audit.count.identified
    assert headline(page) == total == sum(column) == matrix(page) == round(audit.count.value)
    save(audit, tmp_path)
    drawn = rl.sample(tmp_path, n=60)["rows"]
    places = [int(item) for item in drawn["id"]]
    right = [y.names[y.y[i]] == true[i] for i in places]
    verdicts = {
        "id": [str(i) for i in places],
        "verdict": ["keep" if ok else "change" for ok in right],
        "label": [None if ok else true[i] for i, ok in zip(places, right, strict=True)],
    }
    counted = rl.audit(y, probs=p, folder=tmp_path, verdicts=verdicts)
    assert counted.count.value != audit.count.value
    page = html.render(counted)
    column, total = table(page)
    assert headline(page) == total == sum(column) == matrix(page) == round(counted.count.value)


def test_of_several_labels_only_what_is_counted_is_summed(tmp_path):
    y, p = of_questions()
    audit = rl.audit(y, probs=p)
    numbers = class_numbers(AuditView(audit))
    assert numbers.counted.tolist() == [True, True, True, False]
    save(audit, tmp_path)
    for one in (audit, load(tmp_path)):
        page = html.render(one)
        column, total = table(page)
        assert len(column) == 3
        assert headline(page) == total == sum(column) == round(audit.count.value)
        assert "1 of them cannot be counted" in page
    # a review counts all of them
    after = Interval(88.0, 40.0, 140.0, 0.95, "difference estimate", "x")
    reviewed = replace(audit, count=after, info={**audit.info, "review": {"draws": 9, "of": 9}})
    column, total = table(html.render(reviewed))
    assert (len(column), sum(column), total) == (4, 88, 88)


def test_without_a_count_the_table_holds_what_looks_wrong_one_by_one():
    audit = not_identified(an_audit(n=300, flags=80))
    page = html.render(audit)
    suspects = int((audit.p_wrong >= 0.5).sum())
    column, total = table(page)
    assert total == sum(column) == matrix(page) == suspects
    assert "likely true" not in page
    flagged = html.render(an_audit(n=300, flags=80))
    column, total = table(flagged)
    assert headline(flagged) == total == sum(column) == matrix(flagged) == 80


def test_few_suspects_make_no_matrix():
    assert "What the suspects look like" not in html.render(an_audit(n=300, flags=4))


@pytest.mark.parametrize("value", [0.4, 7.6, 59.5, 60.0])
def test_any_count_is_shared_among_the_classes(value):
    audit = with_p_wrong(an_audit())
    numbers = class_numbers(AuditView(replace(audit, count=replace(audit.count, value=value))))
    assert numbers.wrong.sum() == numbers.moves.sum() == numbers.total == round(value)
    assert (numbers.wrong <= numbers.labels).all()
    assert (numbers.moves.sum(1) == numbers.wrong).all()
    assert not np.diag(numbers.moves).any()


def test_labels_without_classes_have_no_such_numbers():
    audit = an_audit()
    numbers = rl.Numbers(np.arange(60.0))
    assert (
        class_numbers(AuditView(replace(audit, data=replace(audit.data, labels=numbers)))) is None
    )


def test_missing_and_too_much_sum_to_what_is_wrong_of_each_class_and_of_all():
    y, p = of_questions()
    audit = rl.audit(y, probs=p)
    numbers = class_numbers(AuditView(audit))
    cells = np.nan_to_num(audit.p_wrong).reshape(y.y.shape)
    assert (numbers.missing <= numbers.wrong).all()
    missing = (cells * (y.y == 0)).sum(0)
    np.testing.assert_allclose(numbers.missing[:3], missing[:3], atol=1.5)
    page = html.render(audit)
    part = page[page.index('id="labels"') :]
    foot = part[part.index("<tfoot>") : part.index("</tfoot>")]
    last = [re.sub(r"<[^>]*>", "", c) for c in re.findall(r"<td[^>]*>(.*?)</td>", foot)]
    assert int(last[-2]) + int(last[-1]) == numbers.total == int(last[3])


def test_items_name_what_is_missing_and_what_is_too_much():
    y, p = of_questions()
    audit = rl.audit(y, probs=p)
    page = html.render(audit)
    assert "likely missing" in page
    cells = np.nan_to_num(audit.p_wrong).reshape(y.y.shape)
    item, c = np.unravel_index(cells.argmax(), cells.shape)
    part = page[page.index("likely missing") :]
    row = re.search(rf"<tr><td>{item}</td>(.*?)</tr>", part, re.S)
    two = [re.sub(r"<[^>]*>", "", one) for one in re.findall(r"<td>(.*?)</td>", row[1])]
    assert y.names[c] in two[int(y.y[item, c])]
