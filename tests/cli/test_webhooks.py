"""Webhooks in the shell: set up, tried out, sent again; the secret is shown once."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.shell import Shell


def test_an_address_is_told_tried_and_sent_to_again(shell: Shell) -> None:
    answers = [500, 204, 204]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(answers.pop(0))
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        refused = shell("webhook", "add", url)
        assert refused.code == 1 and "KULANT_WEBHOOKS_PRIVATE=yes" in refused.err
        shell.extra["KULANT_WEBHOOKS_PRIVATE"] = "yes"
        made = shell.json("webhook", "add", url, "--event", "promise.made")
        assert made["secret"].startswith("whsec_") and made["events"] == ["promise.made"]
        assert shell.json("webhook", "secret", 1)["secret"] != made["secret"]
        shell.ok("note", "A1", "--kind", "call", "--text", "not told")
        shell.ok("promise", "A1", "--amount", "500.00", "--date", "2026-11-30")
        assert shell.json("webhook", "list")[0]["waiting"] == 1
        assert shell.json("webhook", "send") == {"sent": 0}
        [told] = shell.json("webhook", "log", 1)
        assert (told["type"], told["answer"], told["status"]) == ("promise.made", 500, "waiting")
        assert '"customer":"A1"' in told["body"] and '"amount":"500.00"' in told["body"]
        assert shell.json("webhook", "again", told["id"])["status"] == "sent"
        assert shell.json("webhook", "ping", 1)["answer"] == 204
        assert shell.json("webhook", "off", 1)["status"] == "off"
        assert shell("webhook", "ping", 1).err.startswith("error: nothing is sent there")
        assert shell.json("webhook", "on", 1)["status"] == "on"
        assert made["secret"] not in str(shell.json("webhook", "list"))
        shell.ok("webhook", "remove", 1)
        assert shell.json("webhook", "list") == []
        server.shutdown()
