"""Training in several processes: what they compute together is what one process computes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.config import ModelConfig
from core.training.data import prepare
from core.training.lecture import lecture_pairs
from core.training.loop import Trainer
from core.training.options import TrainingOptions
from core.training.parallel import Workers

ROOT = Path(__file__).parent.parent.parent

SCRIPT = """
import sys
import torch
from core.training.parallel import join_workers
from tests.unit.test_parallel import trainer
with join_workers(torch.device("cpu")) as (workers, device):
    folder = sys.argv[1]
    run = trainer(folder + f"/run", workers)
    for batch in ([0, 1, 2, 3, 4], [7]):  # an odd number, and fewer pairs than processes
        loss = run.compute_gradients(batch)
        gradients = {name: p.grad for name, p in run.model.named_parameters()}
        torch.save({"loss": loss, "gradients": gradients}, f"{folder}/{len(batch)}-{workers.rank}.pt")
    run = trainer(folder + "/whole", workers)
    run.run()
    torch.save(run.model.state_dict(), f"{folder}/weights-{workers.rank}.pt")
"""


def trainer(folder, workers: Workers = Workers()) -> Trainer:  # noqa: B008
    pairs = lecture_pairs()
    data = prepare(pairs[:60], pairs[300:303], ("en", "zh"), 340, 24)
    config = ModelConfig(
        len(data.source), len(data.target), d_model=16, n_heads=2, n_layers=1, d_ff=16, dropout=0.0, max_length=24
    )
    options = TrainingOptions(epochs=2, batch_tokens=250, warmup=5, patience=0, average=2)
    return Trainer(Path(folder), data, config, options, torch.device("cpu"), workers=workers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What two processes left."""
    folder = tmp_path_factory.mktemp("parallel")
    (folder / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(folder / "script.py"), str(folder)], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.mark.parametrize("batch", [[0, 1, 2, 3, 4], [7]], ids=len)
def test_two_processes_get_the_gradients_of_one(folder, tmp_path, batch):
    alone = trainer(tmp_path)
    loss = alone.compute_gradients(batch)
    for rank in (0, 1):
        found = torch.load(folder / f"{len(batch)}-{rank}.pt", weights_only=True)
        assert found["loss"] == pytest.approx(loss, rel=1e-5)
        for name, parameter in alone.model.named_parameters():
            torch.testing.assert_close(found["gradients"][name], parameter.grad, rtol=1e-4, atol=1e-6)


def test_a_whole_run_in_two_processes_learns_what_one_learns(folder, tmp_path):
    alone = trainer(tmp_path)
    alone.run()
    expected = torch.load(folder / "whole" / "checkpoints" / "last.pt", weights_only=True)
    assert expected["progress"]["history"][-1]["dev_perplexity"] == pytest.approx(
        alone.history[-1]["dev_perplexity"], rel=1e-3
    )
    assert (folder / "whole" / "card.json").exists()


def test_one_process_needs_no_group():
    workers = Workers()
    assert workers.is_first
    assert workers.share([1, 2, 3]) == [1, 2, 3]
    assert workers.from_first("x") == "x"
    assert workers.sum(2.5) == 2.5
