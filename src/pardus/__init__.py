"""pardus: from camera-trap footage of animals with their own marks to a population estimate."""

__version__ = "0.1.0"
