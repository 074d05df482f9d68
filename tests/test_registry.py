import subprocess
import sys

import pytest
import yaml

from mnist_exp import registry
from mnist_exp.config import CONF
from mnist_exp.config.keys import all_keys, group_choices
from mnist_exp.data.data_set import DataSet
from mnist_exp.errors import UserError


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, table in registry.TABLES.items() for name in table])
def test_every_name_resolves_to_a_class_or_function_or_data_set(kind, name):
    found = registry.resolve(kind, name)
    assert isinstance(found, DataSet) if kind == "data" else callable(found)


def test_settings_are_the_tables_that_the_schema_uses():
    tables = {key.metadata.get("registry") for key in all_keys().values()} - {None}
    assert {*registry.TABLES} == {*tables, "model"}  # a network is chosen by its config file


@pytest.mark.parametrize("group", ["model", "data", "optimizer", "schedule"])
def test_registry_and_config_folder_have_the_same_names(group):
    own = {"folder", "idx"} if group == "data" else set()  # functions for data of the user's own
    assert {*registry.names(group)} | own == {*group_choices(group)}
    for name in registry.names(group):
        file = yaml.safe_load((CONF / group / f"{name}.yaml").read_text())
        assert file.get(group, file)["name"] == name  # a file may also set keys of other sections


@pytest.mark.parametrize("name", registry.names("model"))
def test_config_files_and_registry_name_the_same_network_class(name):
    target = yaml.safe_load((CONF / "model" / f"{name}.yaml").read_text())["_target_"]
    assert registry.NETWORKS[name] == ":".join(target.rsplit(".", 1))


def test_code_of_any_module_resolves():
    assert registry.resolve("activation", "torch.nn:Softsign").__name__ == "Softsign"


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UserError, match=r"^activation 'ReLU' is unknown\. Did you mean 'relu'\?"):
        registry.resolve("activation", "ReLU")


def test_the_registry_does_not_import_torch():
    code = "import sys, mnist_exp.registry; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout == "False\n"
