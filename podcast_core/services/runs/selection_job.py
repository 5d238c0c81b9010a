"""The job that adds candidates and samples of a round to another one."""

from podcast_core.services.jobs.running import Params, Result, RunningJob
from podcast_core.services.labels.matching import LabelChoice
from podcast_core.services.runs.selection import read_choice, select_sessions
from podcast_core.workspace import Workspace


def run(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Add candidates and samples of a round to another one.

    Parameters are ``round_id``, ``target_name``, and where wanted ``model`` or ``run_id``, ``high``, ``low``,
    ``quiet_is_negative``, ``from``, ``to``, ``negatives``, ``unreviewed`` (shares from 0 to 1), ``seed``,
    ``labels`` (what each becomes) and ``add_labels``.
    """
    criteria, sampling = read_choice(params)
    report = select_sessions(
        workspace,
        round_id=params["round_id"],
        target_name=params["target_name"],
        model=params.get("model", ""),
        run_id=params.get("run_id", ""),
        criteria=criteria,
        sampling=sampling,
        labels=LabelChoice(params.get("labels", {}), params.get("add_labels", False)),
        on_progress=run,
    )
    return {"round_id": report.round_id, "selection": report.id, "sessions": report.added, "unchanged": report.known}
