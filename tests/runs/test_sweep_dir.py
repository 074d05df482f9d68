from mnist_exp.runs import files, identity, record, sweep_dir


def test_a_folder_is_held_by_one_at_a_time(tmp_path):
    with sweep_dir.locked(tmp_path) as first, sweep_dir.locked(tmp_path) as second:
        assert (first, second) == (True, False)
    with sweep_dir.locked(tmp_path) as again:
        assert again


def test_what_there_is_to_study_counts_a_run_once_and_knows_what_is_missing(plain, tmp_path):
    planned = [record.blank(plain("model=mlp", f"seed={seed}"), []) for seed in (0, 1, 2)]
    sweep_dir.write_plan(tmp_path, planned)
    for where, one, status in (("", planned[0], "ok"), ("copy/", planned[0], "failed"), ("", planned[1], "diverged")):
        run_dir = tmp_path / where / identity.run_name(one.config)
        run_dir.mkdir(parents=True)
        one.status = status
        files.write(run_dir, one)
    studied = {r["seed"]: r for r in sweep_dir.study_of([tmp_path, tmp_path])}
    assert {seed: r["status"] for seed, r in studied.items()} == {0: "ok", 1: "diverged", 2: "missing"}
    assert studied[2]["error"] == "did not end"
    assert "copy" not in studied[0]["run_dir"]
