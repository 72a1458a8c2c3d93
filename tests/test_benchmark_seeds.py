"""What `benchmarks/seeds.py` makes of several seeds for the page."""

import importlib.util
from pathlib import Path

import pytest

from hybrid.bench_page import page

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "seeds.py"


@pytest.fixture(scope="module")
def seeds():
    spec = importlib.util.spec_from_file_location("seeds", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(value, difference, p, **more):
    beside = {
        "difference": difference,
        "interval": [difference - 1, difference + 1],
        "p": p,
        "p_corrected": p,
    }
    models = {
        "hybrid": {
            "role": "hybrid",
            "metrics": {"ndcg@10": value},
            "seconds": 10 * value,
            "cpu_seconds": None,
        },
        "als": {"role": "scorer", "metrics": {"ndcg@10": 0.1}, "beside_hybrid": {"ndcg@10": beside}},
    }
    return {"models": models, "seed": 7, "command": "whyrec", **more}


def test_figures_are_medians_and_differences_as_sure_as_the_least_sure_seed(seeds):
    runs = {"0": run(0.3, -0.2, 0.001), "1": run(0.5, -0.4, 0.04), "2": run(0.4, -0.3, 0.01)}
    found = seeds.medians(runs)
    assert found["models"]["hybrid"]["metrics"]["ndcg@10"] == 0.4
    assert found["models"]["hybrid"]["seconds"] == 4.0
    assert found["models"]["hybrid"]["cpu_seconds"] is None
    beside = found["models"]["als"]["beside_hybrid"]["ndcg@10"]
    assert beside == {"difference": -0.3, "interval": [-1.4, 0.8], "p": 0.04, "p_corrected": 0.04}
    assert (found["seed"], found["seeds"]) == (None, ["0", "1", "2"])
    assert "medians over the seeds 0, 1, 2" in page({"datasets": {"data": found}})


def test_seeds_that_do_not_agree_are_not_sure(seeds):
    found = seeds.medians({"0": run(0.3, -0.2, 0.001), "1": run(0.3, 0.2, 0.001)})
    assert found["models"]["als"]["beside_hybrid"]["ndcg@10"]["p_corrected"] == 1.0


def test_what_a_seed_lacks_is_left_out(seeds):
    worth = {"sentence": "It adds much.", "rows": []}
    both = seeds.medians({"0": run(0.3, 1, 0.1, worth=worth), "1": run(0.3, 1, 0.1, worth=worth)})
    assert both["worth"]["sentence"] == "With seed 0: It adds much."
    assert "worth" not in seeds.medians({"0": run(0.3, 1, 0.1, worth=worth), "1": run(0.3, 1, 0.1)})
