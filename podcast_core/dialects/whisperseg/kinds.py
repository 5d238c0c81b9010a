"""The job that trains from annotated areas, in words."""

from podcast_core.errors import count_of
from podcast_core.services.jobs.kinds import Kind

KINDS = {
    "finetune": Kind(
        "Fine-tune from annotated areas",
        lambda params: str(params.get("name", "")),
        lambda result: f"Model {result['model']} is ready, learned from {count_of(result['calls'], 'call')}.",
    )
}
