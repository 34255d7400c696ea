#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of report.py and run_benchmarks.py on results made up here. Needs no GPU; draws only where matplotlib is there.

usage: test_report.py
"""
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
MARKED = "# Title\n\nbefore\n<!-- results:begin -->\noutdated\n<!-- results:end -->\nafter\n"


def raw(context, benchmarks):
    """As Google Benchmark writes it, options at the end of the names included."""
    return json.dumps({"context": {"date": "2026-01-02T03:04:05+00:00", "host_name": "secret", **context},
                       "benchmarks": [{"run_type": "iteration", "real_time": 1.0, **entry,
                                       "name": entry["name"] + "/iterations:1/manual_time"} for entry in benchmarks]})


def timed(name, issue, latency):
    return {"name": name, "issue_ns": issue, "latency_clk": latency}


GPU = {"backend": "cuda", "gpu": "NVIDIA Test 9000 <b>", "driver": "1.2", "commit": "abc1234"}
REDUCE = [timed("sum/float/warp/lanefold", 2.0, 100), timed("sum/float/warp/cub", 3.0, 99),
          timed("sum/float/warp/cub_lane0", 1.0, 50), timed("sum/float/warp/hand_written", 2.5, 150),
          timed("sum/float/block256/lanefold", 4.0, 200), timed("sum/float/block256/cub_raking", 4.1, 210),
          timed("product/float/warp/lanefold", 2.0, 100), timed("product/float/warp/cub", 1.0, 99)]
COUNTED = [{"name": "sum/float/warp/lanefold", "counted": 1, "warp_instructions": 5, "shuffles": 5, "redux": 0},
           {"name": "sum/float/warp/lanefold_shared", "counted": 1, "warp_instructions": 19, "shuffles": 0, "syncs": 7}]


def run(script, *arguments):
    return subprocess.run([sys.executable, TOOLS / script, *map(str, arguments)], capture_output=True, text=True,
                          check=False)


def in_order(text, *parts):
    at = -1
    for part in parts:
        at = text.find(part, at + 1)
        assert at >= 0, f"{part!r} is missing, or too early, in:\n{text}"


def collect(folder, context, benchmarks, name="cuda_reduce_bench.json"):
    raw_folder = folder / "raw" / context["backend"]
    raw_folder.mkdir(parents=True, exist_ok=True)
    (raw_folder / name).write_text(raw(context, benchmarks))
    return run("run_benchmarks.py", "--collect", raw_folder, "--results", folder / "results")


def report(folder, *more):
    return run("report.py", folder / "results", "--docs", folder / "docs", "--readme", folder / "README.md",
               *([] if HAS_MATPLOTLIB else ["--no-plots"]), *more)


def results_are_filed_by_gpu_without_what_is_of_no_use(folder):
    done = collect(folder, GPU, REDUCE)
    assert done.returncode == 0, done.stderr
    content = json.loads((folder / "results/nvidia-test-9000-b/reduce.json").read_text())
    assert content["context"] == {"date": "2026-01-02T03:04:05+00:00", **GPU}, content["context"]
    assert content["benchmarks"][0] == timed("sum/float/warp/lanefold", 2, 100), content["benchmarks"][0]
    in_order(done.stdout, "best peer", "sum/float/warp", "1.25/0.99")


def ratios_come_first_and_the_best_peer_is_marked(folder):
    collect(folder, GPU, REDUCE)
    collect(folder, {"backend": "simulator", "gpu": "simulator"}, COUNTED, "sim_reduce_bench.json")
    (folder / "docs").mkdir()
    (folder / "docs/benchmarks.md").write_text(MARKED)
    (folder / "README.md").write_text(MARKED)
    done = report(folder)
    assert done.returncode == 0, done.stderr
    text = (folder / "docs/benchmarks.md").read_text()
    assert text.startswith("# Title\n\nbefore\n") and text.endswith("<!-- results:end -->\nafter\n"), text
    assert "outdated" not in text
    # A result in one lane only is never the best peer, however fast.
    in_order(text, "| sum/float/warp | 1.25× / 0.99× |", "1.50× / **0.99×**", "**1.25×** / 1.50×", "0.50× / 0.50×",
             "2.00 ns / 100 clk")
    in_order(text, "behind in 1: product/float/warp 0.50×", "rank 0 only")
    in_order(text, "### Simulator", "Counts, not time", "5 instructions, 5 shuffles", "19 instructions, 7 syncs")
    readme = (folder / "README.md").read_text()
    in_order(readme, "NVIDIA Test 9000", "driver 1.2", "commit abc1234", "| sum/float/warp |")
    assert "product" not in readme.split("#### ")[1] and "Simulator" not in readme, readme
    again = (folder / "docs/benchmarks.html").read_text()
    assert report(folder).returncode == 0
    assert again == (folder / "docs/benchmarks.html").read_text(), "the page changes without a change in the results"
    assert text == (folder / "docs/benchmarks.md").read_text()


def the_page_stands_alone(folder):
    collect(folder, GPU, REDUCE)
    done = report(folder)
    assert done.returncode == 0, done.stderr
    page = (folder / "docs/benchmarks.html").read_text()
    assert "NVIDIA Test 9000 &lt;b&gt;" in page and "<td><b>" not in page.split("<table>")[0]
    for outside in ('src="', "<link", "<script", "@import"):
        assert outside not in page, outside
    if HAS_MATPLOTLIB:
        assert page.count("<svg") == 2
        for name in ("warp-reduce", "block-reduce"):
            for end in ("svg", "png"):
                assert (folder / f"docs/plots/nvidia-test-9000-b-{name}.{end}").stat().st_size > 1000
    assert not (folder / "README.md").exists() and "left" in done.stdout


def the_median_of_several_runs_is_kept(_):
    sys.path.insert(0, str(TOOLS))
    sys.dont_write_bytecode = True
    import results
    runs = [json.loads(raw(GPU, [timed("sum/int/warp/lanefold", value, 7)])) for value in (3.0, 1.0, 2.0)]
    assert results.compact(runs)["benchmarks"] == [timed("sum/int/warp/lanefold", 2, 7)]


def what_is_wrong_is_said(folder):
    def says(done, *parts):
        assert done.returncode == 1 and "Traceback" not in done.stderr, (done.returncode, done.stderr)
        for part in parts:
            assert part in done.stderr, (part, done.stderr)

    says(report(folder), "no such folder", "run_benchmarks.py")
    (folder / "results/gpu").mkdir(parents=True)
    says(report(folder), "holds no <gpu>/*.json")
    file = folder / "results/gpu/reduce.json"
    for text, why in [("{", "is not JSON"), ("[]", "is not Google Benchmark's JSON"),
                      (json.dumps({"context": {}, "benchmarks": []}), "holds no results"),
                      (json.dumps({"context": {}, "benchmarks": [timed("sum/int/lanefold", 1, 1)]}), "'sum/int/lanefold'"),
                      (json.dumps({"context": {}, "benchmarks": [timed("a/b/c/d", 1, 1)] * 2}), "twice"),
                      (json.dumps({"context": {}, "benchmarks": [timed("a/b/c/d", 0, 1)]}), "lacks a positive issue_ns")]:
        file.write_text(text)
        says(report(folder), why)
    file.write_text(json.dumps({"context": GPU, "benchmarks": REDUCE}))
    (folder / "README.md").write_text("<!-- results:begin -->\n")
    says(report(folder), "README.md", "<!-- results:end -->")
    wrong = {"name": "sum/int/warp/cub", "error_occurred": True, "error_message": "wrong result in thread 3"}
    says(collect(folder, GPU, [wrong]), "sum/int/warp/cub", "wrong result in thread 3")
    says(run("run_benchmarks.py", folder), "holds no cuda_*_bench")


def main():
    tests = [results_are_filed_by_gpu_without_what_is_of_no_use, ratios_come_first_and_the_best_peer_is_marked,
             the_page_stands_alone, the_median_of_several_runs_is_kept, what_is_wrong_is_said]
    for test in tests:
        with tempfile.TemporaryDirectory() as folder:
            test(Path(folder))
        print(f"passed {test.__name__}")
    print(f"{len(tests)} passed" + ("" if HAS_MATPLOTLIB else "; plots were not drawn: matplotlib is not installed"))


if __name__ == "__main__":
    main()
