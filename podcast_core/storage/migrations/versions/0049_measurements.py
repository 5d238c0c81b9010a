"""What was measured of annotations has a table."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None
NAMES = (
    *("duration_s", "bandwidth_hz", "peak_hz", "peak_time_s", "centre_hz", "q1_hz", "q3_hz", "iqr_bandwidth_hz"),
    *("low5_hz", "high95_hz", "bandwidth90_hz", "centre_time_s", "time5_s", "time95_s", "duration90_s", "peak_dbfs"),
    *("rms_dbfs", "energy_db", "snr_db", "aggregate_entropy_bits", "average_entropy_bits", "spectral_entropy"),
    *("f0_hz", "f0_low_hz", "f0_high_hz", "f0_slope_hz_per_s", "start_hz", "end_hz", "characteristic_hz"),
    *("sweep_khz_per_ms", "call_duration_ms"),
)


def upgrade() -> None:
    """Go forward."""
    id_ = sa.String(120).with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "measurements",
        sa.Column("submission_id", id_, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Float(53)) for name in NAMES),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("measurements")
