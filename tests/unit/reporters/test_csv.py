import csv
import io
from dataclasses import replace

from tests.unit.reporters.made import HOSTILE, an_audit, with_p_wrong

from reliabel.reporters import csv as reporter


def read(audit):
    return list(csv.DictReader(io.StringIO(reporter.render(audit), newline="")))


def test_one_row_a_finding_in_their_order_with_lists_joined():
    audit = an_audit()
    rows = read(audit)
    assert [int(row["item"]) for row in rows] == [finding.item for finding in audit.findings]
    assert rows[0]["by"] == "confident_learning;self_confidence"
    assert next(row for row in rows if row["kind"] == "near")["others"] == "5;10;15;20;25"
    assert float(rows[0]["rank"]) == audit.findings[0].rank


def test_p_wrong_is_a_column_only_once_it_exists():
    assert "p_wrong" not in read(an_audit())[0]
    audit = with_p_wrong(an_audit())
    assert float(read(audit)[0]["p_wrong"]) == audit.findings[0].p_wrong
    assert read(audit)[-1]["p_wrong"] == ""


def test_values_are_exact_whatever_they_hold():
    names = (HOSTILE, '=cmd|"/c calc"!A1', 'a;b,"c"\nd\r\ne')
    audit = an_audit(names=names)
    assert {row["given"] for row in read(audit)} - {""} == {
        finding.given for finding in audit.findings
    } - {None}


def test_a_place_is_json_and_nothing_found_is_a_head_alone():
    audit = an_audit()
    placed = replace(
        audit, findings=[replace(audit.findings[0], where={"box": [1, 2], "ä": "x"}, unit=3)]
    )
    assert read(placed)[0]["where"] == '{"box": [1, 2], "ä": "x"}'
    assert "unit" not in read(placed)[0], "items with one label each have no units"
    assert reporter.render(an_audit(nothing=True)).count("\n") == 1
