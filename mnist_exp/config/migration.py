"""Configurations in the records of earlier versions, converted to today's keys."""

from typing import Any

# Keys that earlier versions did not have, with the value that describes what they did.
ADDED: dict[str, Any] = {"callbacks": [], "loggers": ["tensorboard"]}


def migrated(values: dict[str, Any]) -> dict[str, Any]:
    """The configuration with today's keys; one that has them already is returned unchanged."""
    values = ADDED | values
    if "look" in values:
        values["diagnostics"] = values.pop("look")
    values["model"] = _model(values["model"])
    values["optimizer"] = _optimizer(values["optimizer"])
    values["schedule"] = _schedule(values["schedule"])
    values["sweep"] = {"reuse": "warn"} | values["sweep"]
    return values


def _model(model: dict[str, Any]) -> dict[str, Any]:
    if "_target_" in model:
        return model
    kind = "WhitenedNet" if "whitening" in model else "ConvNet" if "channels" in model else "DenseNet"
    uses_activation = bool(model["hidden"] or model.get("channels"))
    return {"_target_": f"mnist_exp.models.{kind}", "uses_activation": uses_activation, **model}


def _optimizer(optimizer: dict[str, Any]) -> dict[str, Any]:
    """In earlier versions every optimizer had the settings of all optimizers."""
    foreign = {"sgd": {"betas"}, "adam": {"momentum"}, "adamw": {"momentum"}}.get(optimizer["name"], set())
    return {key: value for key, value in optimizer.items() if key not in foreign}


def _schedule(schedule: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schedule.items() if key != "warmup" or schedule["name"] != "constant"}
