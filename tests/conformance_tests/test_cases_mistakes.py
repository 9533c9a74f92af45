"""A file of cases that has mistakes is refused, with the file, the case and what was expected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.cases.folder import folder

CASE = "- {name: A name, rule: a_rule, get: /rc3, body: {}}"
RULES = "".join(
    f"  {name}: {{says: A rule., level: may, source: mtango-ref}}\n"
    for name in ("a_rule", "defect", "href", "letters", "more", "order", "slash")
)
HEAD = "facet: tree\nrules: {own: {says: A rule., level: must, source: 'RFC 9110, 9.1'}}\ncases:\n"
SHARED = (
    f"rules:\n{RULES}"
    "shapes: {error: {reason: <1>}}\nneeds: {ours: {name: it is ours, get: /rc3, body: {}}}\n"
)


@pytest.fixture
def where(tmp_path: Path) -> Path:
    shutil.copy(folder() / "schema.json", tmp_path)
    (tmp_path / "shared.yml").write_text(SHARED, "utf-8")
    return tmp_path


def mistakes(where: Path, *rows: str, head: str = HEAD) -> list[str]:
    """Return the mistakes of a file with these cases."""
    (where / "tree.yml").write_text(head + "".join(row + "\n" for row in rows), "utf-8")
    with pytest.raises(loading.CaseError) as refused:
        loading.load(where)
    return str(refused.value).splitlines()


def test_valid_file_gives_its_cases(where: Path) -> None:
    (where / "tree.yml").write_text(f"{HEAD}{CASE}\n", "utf-8")
    names = [(case.name, case.facet, case.modes, case.operation) for case in loading.load(where)]
    assert names == [
        ("A name", "tree", ("strict",), "getRc3"),
        ("A name", "tree", ("implementation",), "getRc3"),
    ]


@pytest.mark.parametrize(
    ("row", "mistake"),
    [
        (
            "- {name: A name, get: /rc3}",
            "tree.yml, case 'A name': \"rule\" is a required property",
        ),
        (
            "- {rule: a_rule, get: /rc3}",
            'tree.yml, case 0: "name" is a required property',
        ),
        (
            "- {name: A name, rule: ' ', get: /rc3}",
            'tree.yml, case \'A name\', rule: " " does not match "^[a-z0-9_]+$"',
        ),
        (
            "- {name: A name, rule: a_rule}",
            "tree.yml, case 'A name': expected a request:"
            " one of get, put, post, delete, options, head, patch",
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, bdy: {}}",
            "tree.yml, case 'A name': Additional properties are not allowed ('bdy' was unexpected)",
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, status: 99}",
            "tree.yml, case 'A name', status: 99 is less than the minimum of 200",
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, status: <1>}",
            "tree.yml, case 'A name': status: expected a number, got <1>, which has no argument",
        ),
        (
            "- {name: A name, rule: a_rule, get: 3}",
            'tree.yml, case \'A name\', get: 3 is not of types "string", "array"',
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, modes: [loose]}",
            "tree.yml, case 'A name', modes.0:"
            ' "loose" is not one of "strict" or "implementation"',
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, extension: nope}",
            "tree.yml, case 'A name', extension:"
            ' "nope" does not match "^-?(writes|events|filters|ranges|hosts|auth|status)$"',
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, needs: [luck]}",
            "tree.yml, case 'A name': needs: expected words that shared.yml defines, got luck",
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, with: {query: x=1}}",
            'tree.yml, case \'A name\', with.query: "x=1" does not match "^\\?"',
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, body: {a: $nope}}",
            "tree.yml, case 'A name': $nope is not a wildcard; expected one of $boolean,"
            " $integer, $number,"
            " $double, $text, $link, $href, $object, $state, $seconds, $milliseconds, $now,"
            " $date, $methods, $words",
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, body: '$integer(1)'}",
            "tree.yml, case 'A name': (1) is not a range; expected low, high",
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, body: $text(()}",
            "tree.yml, case 'A name': $text(() has no valid regular expression:"
            " missing ), unterminated subpattern at position 0",
        ),
        (
            "- {name: A name, rule: a_rule, get: /rc3, body: {$error: {}}}",
            "tree.yml, case 'A name': $error needs an argument for <1>",
        ),
        (
            "- {name: A name, rule: a_rule, each: [[a]], get: /<2>, body: {}}",
            "tree.yml, case 'A name': the case needs an argument for <2>",
        ),
    ],
)
def test_mistake_is_reported_with_its_place(where: Path, row: str, mistake: str) -> None:
    assert mistakes(where, row) == [mistake]


@pytest.mark.parametrize(
    ("case", "mistake"),
    [
        (
            "- {name: A name, rule: a_rul, get: /rc3}",
            "tree.yml, case 'A name': rule: expected one that the file or shared.yml defines,"
            " got a_rul (did you mean 'a_rule'?)",
        ),
        (
            "- {name: A name, rule: own, get: /rc3, body: {a: {$by: {ordr: 1}}}}",
            "tree.yml, case 'A name': rule: expected one that the file or shared.yml defines,"
            " got ordr (did you mean 'order'?)",
        ),
    ],
)
def test_unknown_rule_is_named(where: Path, case: str, mistake: str) -> None:
    assert mistakes(where, case) == [mistake]


@pytest.mark.parametrize(
    ("rule", "mistake"),
    [
        ("{says: A rule., level: may}", '"source" is a required property'),
        ("{says: A rule., level: might, source: x}", '"might" is not one of "must", "should"'),
        ("{says: A rule., level: must, source: mtango-ref}", '"mtango-ref" does not match'),
    ],
)
def test_rule_has_level_and_source(where: Path, rule: str, mistake: str) -> None:
    head = f"facet: tree\nrules: {{own: {rule}}}\ncases:\n"
    [found] = mistakes(where, CASE, head=head)
    assert found.startswith("tree.yml, rules.own")
    assert mistake in found


def test_two_cases_of_one_name_are_refused(where: Path) -> None:
    assert mistakes(where, CASE, CASE) == [
        "tree.yml, case 'A name': duplicate name, expected another one"
    ]


def test_mistakes_of_all_files_are_reported_at_once(where: Path) -> None:
    (where / "events.yml").write_text("facet: nope\nrules: {}\ncases: []\n", "utf-8")
    found = mistakes(where, "- {name: A name, rule: a_rule}", CASE.replace("get", "gte"))
    assert sorted(found) == [
        "events.yml, cases: [] has less than 1 item",
        'events.yml, facet: "nope" is not one of "tree", "attributes" or 7 other candidates',
        "tree.yml, case 'A name': Additional properties are not allowed ('gte' was unexpected)",
        "tree.yml, case 'A name': expected a request:"
        " one of get, put, post, delete, options, head, patch",
        "tree.yml, case 'A name': expected a request:"
        " one of get, put, post, delete, options, head, patch",
    ]


def test_file_that_is_not_yaml_is_reported(where: Path) -> None:
    found = mistakes(where, "{", head="")
    assert found[0].startswith("tree.yml: not YAML: while parsing a flow node")


def test_shape_named_like_a_wildcard_is_refused(where: Path) -> None:
    (where / "shared.yml").write_text(f"rules:\n{RULES}shapes: {{text: a}}\n", "utf-8")
    [mistake] = mistakes(where, CASE)
    assert mistake.startswith("shared.yml, shapes: ")
