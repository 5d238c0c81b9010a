"""The job that trains from annotated areas, in words."""

from podcast_core.services.jobs.kinds import Kind, count

KINDS = {
    "finetune": Kind(
        "Fine-tune from annotated areas",
        lambda params: str(params.get("name", "")),
        lambda result: f"Model {result['model']} is ready, learned from {count(result['calls'], 'call')}.",
    )
}
