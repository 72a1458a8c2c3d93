"""Endpoints that are slow, broken or hostile: each gives a clear error, and nothing else is ever asked."""

from __future__ import annotations

import base64
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest

from kg import CatalogError, WorkspaceError
from kg.store import GraphStore

JSON, TSV, TRIPLES = "application/sparql-results+json", "text/tab-separated-values", "application/n-triples"
YES = b'{"head": {}, "boolean": true}'
NO_GRAPHS = b'{"head": {"vars": ["g"]}, "results": {"bindings": []}}'
QUAD = ox.Quad(*map(ox.NamedNode, ("http://x.org/s", "http://x.org/p", "http://x.org/o", "http://x.org/g")))


class Endpoint:
    """A server on loopback that answers as a test says and remembers what it was asked."""

    def __init__(self):
        self.asked, self.answer = [], lambda query: (200, {"Content-Type": JSON}, YES)
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.asked.append((self.path, dict(self.headers), body))
                query = parse_qs(body.decode()).get("query", [""])[0]
                answer = endpoint.answer(query)
                if callable(answer):
                    answer(self)
                    return
                status, headers, text = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # being hung up on is what is tested
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.address}/query"

    def answers(self, text=YES, status=200, kind=JSON, **headers):
        """What it answers from now on."""
        told = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
        self.answer = lambda query: (status, told, text)


@pytest.fixture
def endpoint():
    """An endpoint that says yes to everything."""
    made = Endpoint()
    threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_an_address_must_be_one():
    for url in (
        "",
        "x.org/sparql",
        "file:///etc/passwd",
        "ftp://x.org/",
        "http://",
        "http://x.org:port/",
        "http://[/",
    ):
        with pytest.raises(WorkspaceError, match="endpoint"):
            GraphStore.at(url)


def test_nobody_is_there():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/query"
        with pytest.raises(WorkspaceError, match=f"{url} cannot be reached: .*refused"):
            GraphStore.at(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(endpoint, status):
    elsewhere = Endpoint()
    endpoint.answers(b"", status, Location=elsewhere.url)
    with pytest.raises(WorkspaceError, match="sends elsewhere, which is not followed"):
        GraphStore.at(endpoint.url)
    endpoint.answers()
    store = GraphStore.at(endpoint.url)
    endpoint.answers(b"", status, Location=elsewhere.url)
    for request in (
        lambda: store.rows("SELECT ?s { ?s ?p ?o }"),
        lambda: store.query("ASK { ?s ?p ?o }"),
        lambda: store.change(add=[QUAD]),
        lambda: list(store.quads("http://x.org/g")),
        lambda: list(store.dataset.quads((None, None, None, None))),
    ):
        with pytest.raises(WorkspaceError, match="sends elsewhere"):
            request()
    assert elsewhere.asked == []
    elsewhere.server.server_close()


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_errors_are_told_in_the_servers_words(endpoint, status):
    endpoint.answers(b"no\n  luck " + b"x" * 10_000, status, "text/plain")
    with pytest.raises(
        WorkspaceError, match=f"{endpoint.url} answers with the error {status}: no luck x+$"
    ) as told:
        GraphStore.at(endpoint.url)
    assert len(str(told.value)) < 500


def test_another_content_type_is_refused(endpoint):
    endpoint.answers(b"<html>Please log in</html>", kind="text/html")
    with pytest.raises(
        WorkspaceError, match=f"answers with text/html; {JSON.replace('+', '.')} was expected"
    ):
        GraphStore.at(endpoint.url)


@pytest.mark.parametrize("text", [b"", b"{", b"null", b'{"head": {"vars": ["g"]}}'])
def test_nonsense_is_refused(endpoint, text):
    store = GraphStore.at(endpoint.url)
    endpoint.answers(text)
    with pytest.raises(WorkspaceError, match="not in SPARQL's JSON"):
        store.graphs()


def test_triples_that_are_none_are_refused(endpoint):
    store = GraphStore.at(endpoint.url)
    endpoint.answers(b"<a> nonsense", kind=TRIPLES)
    with pytest.raises(WorkspaceError, match="not in N-Triples"):
        list(store.quads("http://x.org/g"))


def dripping(head, blank):
    """An answer that never ends, a byte at a time."""

    def drip(handler):
        handler.wfile.write(head)
        for _ in range(600):
            handler.wfile.write(blank)
            handler.wfile.flush()
            time.sleep(0.05)

    return drip


@pytest.mark.parametrize(
    "answer",
    [
        lambda handler: time.sleep(5),
        dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Type: " + JSON.encode() + b"\r\n\r\n", b" "),
        dripping(
            b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nContent-Type: " + JSON.encode() + b"\r\n\r\n", b" "
        ),
    ],
    ids=["silent", "headers", "body", "body of known length"],
)
def test_a_slow_server_is_hung_up_on(endpoint, answer):
    store = GraphStore.at(endpoint.url, timeout_s=0.4)
    endpoint.answer = lambda query: answer
    with pytest.raises(WorkspaceError, match=rf"{endpoint.url} did not answer within 0\.4 seconds"):
        store.graphs()
    with pytest.raises(CatalogError, match=r"not answered within 0\.2 seconds"):
        store.query("ASK { ?s ?p ?o }", limit_s=0.2)


def test_an_endless_answer_is_hung_up_on(endpoint):
    store = GraphStore.at(endpoint.url)
    row = b'"' + b"x" * 1000 + b'"\n'

    def endless(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/tab-separated-values\r\n\r\n?s\n")
        while True:
            handler.wfile.write(row * 100)

    exact = '?x\t?u\t?y\n"q\\"\\\\\\n\\t\\r, \u00e9\U0001f600"\t\t""\n'.encode()
    endpoint.answer = lambda query: (
        (200, {"Content-Type": TSV}, exact)
        if "VALUES" in query
        else (200, {"Content-Type": JSON}, NO_GRAPHS)
        if "?g" in query
        else endless
    )
    with pytest.raises(CatalogError, match="longer than 5,000 rows"):
        store.query("SELECT ?s { ?s ?p ?o }", max_rows=5000)


def test_answers_that_servers_cut_off_are_refused(endpoint):
    store = GraphStore.at(endpoint.url)
    endpoint.answers(NO_GRAPHS, X_SQL_State="S1TAT")
    with pytest.raises(WorkspaceError, match="part of the answer"):
        store.graphs()
    graph = b'{"head": {"vars": ["g"]}, "results": {"bindings": [{"g": {"type": "uri", "value": "http://x.org/g"}}]}}'
    endpoint.answers(graph, X_SPARQL_MaxRows="1")
    with pytest.raises(WorkspaceError, match="cuts answers off at 1 rows"):
        store.graphs()
    endpoint.answers(
        b"<http://x.org/a> <http://x.org/p> <http://x.org/b> .\n", kind=TRIPLES, X_SPARQL_MaxRows="1"
    )
    with pytest.raises(WorkspaceError, match="cuts answers off"):
        list(store.quads("http://x.org/g"))


@pytest.mark.parametrize("how", ["in the address", "as arguments"])
def test_a_password_is_sent_and_never_told(endpoint, how):
    in_url = f"http://me:s%3Acret@{endpoint.address}/query?key=k3y"
    bare = f"{endpoint.url}?key=k3y"
    store = (
        GraphStore.at(in_url)
        if how == "in the address"
        else GraphStore.at(bare, user="me", password="s:cret")  # noqa: S106
    )
    path, headers, _ = endpoint.asked[0]
    assert path == "/query?key=k3y"
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"me:s:cret").decode()
    endpoint.answers(b"wrong password s:cret", 401, "text/plain")
    for request in (lambda: store.rows("SELECT ?s { ?s ?p ?o }"), lambda: store.change(add=[QUAD])):
        with pytest.raises(WorkspaceError, match="error 401: wrong password") as told:
            request()
        assert not any(secret in str(told.value) for secret in ("s:cret", "s%3Acret", "k3y", "me:"))


def test_where_updates_go(endpoint):
    for options, path in (
        ((endpoint.url,), "/update"),
        ((f"http://{endpoint.address}/sparql",), "/sparql"),
        ((endpoint.url, f"http://{endpoint.address}/here"), "/here"),
    ):
        GraphStore.at(*options).change(add=[QUAD])
        assert endpoint.asked[-1][0] == path


def test_n_quads_go_as_they_are_where_the_server_takes_them(endpoint):
    store = GraphStore.at(endpoint.url, load_url=f"http://{endpoint.address}/data")
    line = f"{QUAD} .\n".encode()
    store.load([line])
    path, headers, body = endpoint.asked[-1]
    assert (path, headers["Content-Type"], body) == ("/data", "application/n-quads", line)
    endpoint.answers(b"line 1 is wrong", 400, "text/plain")
    with pytest.raises(CatalogError, match="cannot be written as RDF: line 1 is wrong"):
        store.load([line])


def test_a_proxy_of_the_machine_is_not_used(endpoint, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert GraphStore.at(endpoint.url).contains(QUAD)


def test_the_union_is_named_graph_by_graph(endpoint):
    """The way of the standard, at a server of which nothing is known."""
    store = GraphStore.at(endpoint.url)
    graphs = ", ".join(f'{{"g": {{"type": "uri", "value": "http://x.org/{name}"}}}}' for name in "ba")
    endpoint.answers(f'{{"head": {{"vars": ["g"]}}, "results": {{"bindings": [{graphs}]}}}}'.encode())
    store.rows("SELECT ?g { ?g ?p ?o }")
    fields = parse_qs(endpoint.asked[-1][2].decode())
    assert fields["default-graph-uri"] == fields["named-graph-uri"] == ["http://x.org/a", "http://x.org/b"]
