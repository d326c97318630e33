"""Animals to individuals: ranking, calibration, questions, decisions."""
