"""Verification samples: predictions or answers drawn at random, and what follows from verdicts on them."""

from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.verification_samples import Audit, LabelThresholds, Samples, SampleState, VerificationSample


class VerificationSampleCalls(Connection):
    """Calls about samples that are verified."""

    def draw_predictions(self, round_id: str, **fields: Any) -> VerificationSample:
        """Draw predictions of a model (``model``): ``per_stratum`` of each label and band of scores.

        Further fields are ``labels``, ``band_width``, ``by_site``, ``by_day``, ``wanted``, ``half_width``, ``seed``.
        Judge what `get_sample` names in ``waiting`` by `give_verdicts`.
        """
        return self._send(VerificationSample, "POST", ("rounds", round_id, "verification-samples"), fields)

    def list_samples(self, round_id: str) -> Samples:
        """List the samples of a round, of predictions and of answers."""
        return self._get(Samples, "rounds", round_id, "verification-samples")

    def get_sample(self, round_id: str, sample_id: str, **asked: Any) -> SampleState:
        """Get what was judged of a sample, and thresholds for a ``precision`` (``careful``: surely reached)."""
        return self._get(SampleState, "rounds", round_id, "verification-samples", sample_id, query=asked)

    def keep_thresholds(self, round_id: str, sample_id: str, *, precision: float, **fields: Any) -> LabelThresholds:
        """Keep thresholds of some ``labels`` (all) with the version of the model whose run was drawn from."""
        path = ("rounds", round_id, "verification-samples", sample_id, "thresholds")
        return self._send(LabelThresholds, "POST", path, {"precision": precision, **fields})

    def draw_audit(self, round_id: str, **fields: Any) -> VerificationSample:
        """Draw answers: ``count`` of all, of one ``annotator``, or with a ``label``."""
        return self._send(VerificationSample, "POST", ("rounds", round_id, "audits"), fields)

    def get_audit(self, round_id: str, audit_id: str) -> Audit:
        """Get the error rate of answers, in all, by annotator and by label."""
        return self._get(Audit, "rounds", round_id, "audits", audit_id)
