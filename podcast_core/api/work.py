"""What waits for somebody, and what they have done."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.services.labels import own_work
from podcast_core.wire import work as wire

router = APIRouter(tags=["people"], prefix="/api/v1")


@router.get("/work")
def get_work(
    workspace: Opened,
    caller: Asking,
    person: Annotated[str, Query(description="whose; by default of who asks")] = "",
    round_id: Annotated[list[str] | None, Query(description="of these rounds; otherwise of the newest 20")] = None,
) -> wire.Work:
    """Get what waits for somebody, what was said about their answers, and what they did by day."""
    who = person or choose_who(workspace, caller)
    done = own_work.get_done(workspace, person=who, round_ids=round_id)
    said = [
        wire.SaidOf.model_validate(
            {
                **{name: getattr(each, name) for name in ("round_id", "name")},
                **{
                    name: [told._asdict() for told in getattr(each, name)]
                    for name in ("sent_back", "verdicts", "comments")
                },
                "disputed": [session.session_id for session in each.disputed],
            }
        )
        for each in own_work.list_said(workspace, person=who, round_ids=round_id)
    ]
    return wire.Work(
        person=who,
        waiting=[
            wire.Waiting.model_validate(asdict(each))
            for each in own_work.list_waiting(workspace, person=who, round_ids=round_id)
        ],
        said=said,
        days=[wire.DayOfWork.model_validate(asdict(each)) for each in done.days],
        given=done.given,
    )
