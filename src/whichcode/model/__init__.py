"""The network: its configuration, its file, and its prediction in plain Python."""

from whichcode.model.artefact import Model, load_model
from whichcode.model.config import Config, load_config
from whichcode.model.predict import Predictor

__all__ = ["Config", "Model", "Predictor", "load_config", "load_model"]
