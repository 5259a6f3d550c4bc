# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What was found about an environment, as people read it: in a terminal, and in a folder for an audit."""

from __future__ import annotations


def headline(found):
    """Return it in one sentence."""
    failing, judged = _failing(found), sum(len(each["judged"]) for each in found["properties"])
    told = f"properties {', '.join(str(each['number']) for each in failing)} do not hold" if failing else "all of them hold"
    return f"{found['platform']}: {len(found['properties'])} properties, {judged} judgements: {told}"


def terminal(found):
    """Yield lines and their colors: every property, those that do not hold in full; controls; the sum."""
    for each in found["properties"]:
        yield f"{each['number']:3} {each['title']}: {_verdict(each)}", "green" if each["holds"] else "red"
        for one in _wrong(each):
            yield f"      {_resource(one)}: {one['evidence']}", "red"
    yield "\nControls", None
    for row in found["controls"]:
        evidence = ", ".join(kind if written is None else f"{kind} ({len(written)})" for kind, written in row["evidence"].items())
        yield f"  {row['control']:6} {row['title']}: {_control(row)}. Evidence: {evidence}", None if row["holds"] else "red"
    yield f"\n{headline(found)}", None if found["holds"] else "red"


def markdown(found):
    """Return it for an audit: what was judged, when, where, and what shows it."""
    lines = [f"# {headline(found)}", "", f"Account {found['account']}, region {found['region']}, {found['when']}.", ""]
    lines += ["| | property | | controls |", "|---|---|---|---|"]
    for each in found["properties"]:
        lines.append(f"| {each['number']} | {each['title']} | {_verdict(each)} | {', '.join(each['controls'])} |")
    lines += ["", "## Controls", "", "| control | | rests on | | evidence |", "|---|---|---|---|---|"]
    for row in found["controls"]:
        numbers, evidence = ", ".join(map(str, row["properties"])), "; ".join(_written(*pair) for pair in row["evidence"].items())
        lines.append(f"| {row['control']} ({row['framework']}) | {row['title']} | {numbers} | {_control(row)} | {evidence} |")
    for each in _failing(found) + [each for each in found["properties"] if each["holds"]]:
        lines += ["", f"## {each['number']}. {each['title']}: {_verdict(each)}", ""]
        lines += [each["corrected"], ""] if each["corrected"] else []
        lines += [f"- {'' if one['holds'] else '**no** '}{_resource(one, '`')}: {one['evidence']}" for one in each["judged"]]
    return "\n".join([*lines, ""])


def _failing(found):
    return [each for each in found["properties"] if not each["holds"]]


def _wrong(verdict):
    return [each for each in verdict["judged"] if not each["holds"]]


def _verdict(verdict):
    wrong, judged = len(_wrong(verdict)), len(verdict["judged"])
    return f"holds ({judged})" if verdict["holds"] else f"does not hold ({wrong} of {judged})"


def _control(row):
    return "holds" if row["holds"] else f"does not hold: {', '.join(map(str, row['failing']))}"


def _resource(judged, quote=""):
    identity = f" ({quote}{judged['id']}{quote})" if judged.get("id") else ""
    return f"{judged['resource']}{identity}"


def _written(kind, resources):
    return kind if resources is None else f"{kind}: {', '.join(resources) or 'nobody writes them down'}"
