"""Validate generated catalogs with SHACL, and compare WhyRec's own queries with pySHACL and pyrudof.

    pip install pyshacl pyrudof && python benchmarks/shapes.py [OUT]

generates items (two types, a label, a year, a price and two genres each; one in 500 is wrong in some way) and
asks of them what a dataset card can ask. Each run is a process of its own, whose peak memory is read; the
store on disk is filled by another one before. OUT (default benchmarks/results/shapes) gets a .json.

pySHACL finds a little less: rdflib puts an ill-formed number into some order with others, where SPARQL cannot
tell and so finds `sh:minInclusive` broken.
"""

from __future__ import annotations

import json
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kg import rdf
from kg.shapes import LinkRule, NodeRule, PropertyRule, Shapes, turtle, validate
from kg.store import GraphStore

if TYPE_CHECKING:
    from collections.abc import Callable

ITEMS = {"10k": 1_400, "100k": 14_000, "1M": 140_000, "5M": 715_000}
OTHERS = {"10k", "100k"}  # where the other engines stay below a minute and below 2 GB
WRONG = 0.0005
MOVIE, GENRE = f"{rdf.SCHEMA_ORG}Movie", "https://whyrec.org/id/shop/class/Genre"
YEAR, PRICE, LINK = (f"{rdf.SCHEMA_ORG}{name}" for name in ("datePublished", "price", "genre"))
RULES = [
    NodeRule(
        "Movie",
        MOVIE,
        label_required=True,
        properties=(
            PropertyRule(
                YEAR, "year", "integer", required=True, minimum="1880", maximum="2030", pattern="^[0-9]{4}$"
            ),
            PropertyRule(PRICE, "price", "number", minimum="0"),
        ),
        links=(LinkRule(LINK, "genre", required=True, class_iri=GENRE),),
    )
]


def statements(items: int, draw: random.Random) -> str:
    """What is said of the items, as N-Triples."""
    lines = [f"<https://x.org/g{genre}> <{rdf.RDF_TYPE}> <{GENRE}> .\n" for genre in range(30)]
    for item in range(items):
        me, wrong = f"<https://x.org/i{item}>", [draw.random() < WRONG for _ in range(4)]
        year = "19x5" if wrong[1] else str(draw.randint(1900, 2020))
        genres = (item % 29, 99 if wrong[3] else 29)
        lines += [
            f"{me} <{rdf.RDF_TYPE}> <{MOVIE}> .\n{me} <{rdf.RDF_TYPE}> <{rdf.KIND_CLASSES['item']}> .\n",
            "" if wrong[0] else f'{me} <{rdf.RDFS_LABEL}> "Item number {item}" .\n',
            f"{me} <{YEAR}> {rdf.literal(year, rdf.DATATYPES['integer'])} .\n",
            f"{me} <{PRICE}> {rdf.literal('-1.5' if wrong[2] else '9.5', rdf.DATATYPES['number'])} .\n",
            *(f"{me} <{LINK}> <https://x.org/g{genre}> .\n" for genre in genres),
        ]
    return "".join(lines)


def generate(folder: Path) -> dict[str, float]:
    """Write the statements as a file and into a store on disk, and the shapes."""
    text = statements(ITEMS[folder.name], random.Random(0))  # noqa: S311
    (folder / "data.nt").write_text(text, encoding="utf-8")
    (folder / "shapes.ttl").write_text(turtle("shop", RULES), encoding="utf-8")
    with GraphStore(folder / "store") as store:
        store.load(quads(folder))
        return {"triples": len(store)}


def quads(folder: Path) -> list[str]:
    """The statements in a named graph."""
    text = (folder / "data.nt").read_text(encoding="utf-8")
    return [text.replace(" .\n", " <https://x.org/file> .\n")]


def measured(run: Callable[[], int]) -> dict[str, float]:
    """How long a validation takes, and how many violations it finds."""
    wall, cpu = time.perf_counter(), time.process_time()
    violations = run()
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "violations": violations,
    }


def own(store: GraphStore, folder: Path) -> dict[str, float]:
    """WhyRec's queries on a store."""
    text = (folder / "shapes.ttl").read_bytes()
    return measured(lambda: len(validate(store, Shapes.of([("shapes.ttl", text)]))))


def own_disk(folder: Path) -> dict[str, float]:
    """WhyRec on Oxigraph's store on disk."""
    return own(GraphStore(folder / "store", read_only=True), folder)


def own_memory(folder: Path) -> dict[str, float]:
    """WhyRec on Oxigraph's store in memory."""
    store = GraphStore()
    store.load(quads(folder))
    return own(store, folder)


def pyshacl_memory(folder: Path) -> dict[str, float]:
    """PySHACL on rdflib's store in memory."""
    import rdflib  # noqa: PLC0415  each engine is loaded only where its memory is measured

    return pyshacl_on(rdflib.Graph().parse(folder / "data.nt", format="nt"), folder)


def pyshacl_oxigraph(folder: Path) -> dict[str, float]:
    """PySHACL on Oxigraph through oxrdflib."""
    import rdflib  # noqa: PLC0415
    from oxrdflib import OxigraphStore  # noqa: PLC0415

    graph = rdflib.Graph(store=OxigraphStore(), identifier=rdflib.graph.DATASET_DEFAULT_GRAPH_ID)
    return pyshacl_on(graph.parse(folder / "data.nt", format="ox-nt"), folder)


def pyshacl_on(graph: object, folder: Path) -> dict[str, float]:
    """PySHACL without inference."""
    import pyshacl  # noqa: PLC0415
    import rdflib  # noqa: PLC0415
    from rdflib.namespace import SH  # noqa: PLC0415

    def run() -> int:
        shapes = rdflib.Graph().parse(folder / "shapes.ttl", format="turtle")
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
        return len(list(report.objects(None, SH.result)))

    return measured(run)


def pyrudof(folder: Path) -> dict[str, float]:
    """Rudof, an engine in Rust, in its native mode."""
    import pyrudof as engine  # noqa: PLC0415

    rudof = engine.Rudof(engine.RudofConfig())
    rudof.read_data(str(folder / "data.nt"), format=engine.RDFFormat.NTriples)

    def run() -> int:
        rudof.read_shacl(str(folder / "shapes.ttl"))
        return len(rudof.validate_shacl(engine.ShaclValidationMode.Native))

    return measured(run)


STEPS = {
    run.__name__: run for run in (generate, own_disk, own_memory, pyshacl_memory, pyshacl_oxigraph, pyrudof)
}
PACKAGES = {"pyshacl_memory": "pyshacl", "pyshacl_oxigraph": "pyshacl", "pyrudof": "pyrudof"}


def apart(step: str, folder: Path) -> dict[str, float]:
    """Run a step in a process of its own: what it found, and its peak memory in MB."""
    command = [sys.executable, __file__, step, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Run one step, or all on every size."""
    if sys.argv[1:2] and sys.argv[1] in STEPS:
        found = STEPS[sys.argv[1]](Path(sys.argv[2]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**found, "peak_mb": peak}))
        return
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "results" / "shapes")
    results = []
    for size in ITEMS:
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / size
            folder.mkdir()
            triples = apart("generate", folder)["triples"]
            for step in list(STEPS)[1:]:
                package = PACKAGES.get(step)
                if package is None or (size in OTHERS and find_spec(package)):
                    results.append({"engine": step, "triples": triples, **apart(step, folder)})
                    print(json.dumps(results[-1]), flush=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    report = {"python": platform.python_version(), "machine": platform.machine(), "results": results}
    out.with_suffix(".json").write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
