"""Dunning ladders: put in force, tried, looked at, taken back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.api.bodies import PlainRoute
from kulant.api.call import Administering, Call, Reading
from kulant.api.given import LadderBack, LadderGiven, LadderTried, Reason
from kulant.api.shapes import AnyShape
from kulant.api.shapes_work import LadderShape
from kulant.core.errors import NotFound, Refusal
from kulant.db import Act
from kulant.treatment.act_views import ladder_json
from kulant.treatment.coverage import coverage
from kulant.treatment.ladder import parse_policy, standard_text
from kulant.treatment.ladder_queries import newest_of_each, versions
from kulant.treatment.ladder_text import ladder_sentences
from kulant.treatment.models import Ladder
from kulant.treatment.policies import apply_policy, check_policy, ladders_in_force, switch_off, take_back
from kulant.treatment.trial import SAMPLE, trial_json, try_policy

router = APIRouter(route_class=PlainRoute, tags=["Ladders"])

Name = Annotated[str, Path(max_length=80, description="The ladder's name.", examples=["standard"])]


@router.get("/policies", response_model=AnyShape)
def policies(call: Reading) -> Response:
    """The ladders in force and those switched off, and how many customers each is for."""
    with call.looking() as session:
        in_force = ladders_in_force(session, call.creditor.id)
        covered = coverage(session, creditor=call.creditor, ladders=in_force)
        rows = newest_of_each(session, call.creditor.id)
        shown = [ladder_json(row) | {"customers": covered.by_ladder[row.name] if row.active else 0} for row in rows]
        if not any(row.active for row in rows):
            name = in_force[0].policy.name
            shown.append({"ladder": name, "version": 0, "active": True, "customers": covered.by_ladder[name]})
        return call.show({"ladders": shown, "customers_without": covered.without})


@router.post("/policies", status_code=201, response_model=LadderShape)
def apply(call: Administering, given: LadderGiven) -> Response:
    """Checks a ladder and puts it in force; the version before is kept. The same again changes nothing."""
    return call.once(
        lambda act: ladder_json(apply_policy(act, creditor=call.creditor, text=given.yaml, why=given.reason)),
        status=201,
    )


@router.post("/policies/try", response_model=AnyShape)
def try_out(call: Reading, given: LadderTried) -> Response:
    """What a ladder would propose today, and for whom that is another step than now; nothing is stored."""
    with call.looking() as session:
        checked = check_policy(session, creditor=call.creditor, text=given.yaml, today=call.today)
        if checked.policy is None or checked.mistakes:
            raise Refusal("bad_ladder", "; ".join(checked.mistakes))
        trial = try_policy(
            session,
            creditor=call.creditor,
            policy=checked.policy,
            today=call.today,
            at_most=None if given.all else SAMPLE,
        )
        found = trial_json(trial)
    return call.compute(lambda: found)


@router.get("/policies/{name}", response_model=AnyShape)
def policy(
    call: Reading,
    name: Name,
    version: Annotated[int | None, Query(ge=1, lt=2**31, description="Another version than the newest.")] = None,
) -> Response:
    """A ladder's text, who applied it and why, and every version there ever was."""
    with call.looking() as session:
        in_force = ladders_in_force(session, call.creditor.id)
        if version is None and [one.policy.name for one in in_force if one.row_id is None] == [name]:
            return call.show({"ladder": name, "version": 0, "active": True, "yaml": standard_text(), "versions": []})
        row = _version(call, session, name, version)
        return call.show(
            ladder_json(row)
            | {
                "yaml": row.yaml,
                "in_words": ladder_sentences(parse_policy(row.yaml)),
                "versions": [ladder_json(one) for one in versions(session, call.creditor.id, name)],
            }
        )


def _version(call: Call, session: Session, name: str, version: int | None) -> Ladder:
    found = versions(session, call.creditor.id, name)
    row = next((one for one in found if one.version == (version or found[0].version)), None)
    if row is None:
        known = ", ".join(str(one.version) for one in found)
        raise NotFound("no_version", f"the ladder {name} has no version {version}; it has {known}")
    return row


@router.post("/policies/{name}/back", status_code=201, response_model=LadderShape)
def back(call: Administering, name: Name, given: LadderBack) -> Response:
    """Puts an older version back in force, as a new version with the same text."""

    def work(act: Act) -> dict[str, Any]:
        older = _version(call, act.session, name, given.version)
        return ladder_json(take_back(act, creditor=call.creditor, ladder=older, why=given.reason))

    return call.once(work, status=201)


@router.post("/policies/{name}/off", response_model=LadderShape)
def off(call: Administering, name: Name, given: Reason) -> Response:
    """Takes a ladder out of force; its customers get the next one that fits."""
    return call.once(lambda act: ladder_json(switch_off(act, creditor=call.creditor, name=name, why=given.reason)))
