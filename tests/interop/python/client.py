"""Talks to a tsuku-llm daemon the way programs in Python do: grpcio on the Unix socket, flock on the lock
file, and no code of ours but what protoc makes of llm.proto and health.proto (its output is on PYTHONPATH).

    client.py LAUNCHER MODEL ANSWER

It starts a daemon in $TSUKU_HOME that serves the model, which is known to say ANSWER, has it do what
clients need, and sees it end. The first thing that is not as the contract says raises an error.
"""

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time

import grpc
import health_pb2
from tsuku.llm.v1 import llm_pb2

SERVICE = "tsuku.llm.v1.InferenceService"
HOME = os.environ["TSUKU_HOME"]
SOCKET = os.path.join(HOME, "llm.sock")
LOCK = os.path.join(HOME, "llm.sock.lock")

# A client gives up on a daemon whose socket does not accept by then.
START_SECONDS = 10
END_SECONDS = 5
# Far more than any call here takes; one that hangs fails with a status.
CALL_SECONDS = 60
GLANCE_SECONDS = 0.005


def check(condition, complaint):
    if not condition:
        raise AssertionError(complaint)


@contextlib.contextmanager
def attempt_to_lock():
    """Takes the lock while the block runs; gives whether it could be had."""
    with open(LOCK, "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def running():
    with attempt_to_lock() as free:
        return not free


def start(launcher, model):
    with attempt_to_lock() as free:
        check(free, "the lock is held although no daemon runs")
        return subprocess.Popen(
            [launcher, "serve", "--idle-timeout", "5m0s"],
            env={**os.environ, "TSUKU_LLM_MODEL": model},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )


def wait_for(what, seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, f"{what} took longer than {seconds} s")
        time.sleep(GLANCE_SECONDS)


def accepts():
    """Connects and closes, without a byte."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(SOCKET) == 0


def call(channel, method, request, reply_type):
    check(accepts(), f"no connection before {method}")
    return channel.unary_unary(
        method,
        request_serializer=type(request).SerializeToString,
        response_deserializer=reply_type.FromString,
    )(request, timeout=CALL_SECONDS)


def complete(channel, **fields):
    request = llm_pb2.CompletionRequest(**fields)
    return call(channel, f"/{SERVICE}/Complete", request, llm_pb2.CompletionResponse)


def complete_in_pieces(channel, **fields):
    """The texts of a stream, and what it ends with."""
    check(accepts(), "no connection before CompleteStream")
    events = channel.unary_stream(
        f"/{SERVICE}/CompleteStream",
        request_serializer=llm_pb2.CompletionRequest.SerializeToString,
        response_deserializer=llm_pb2.CompletionEvent.FromString,
    )(llm_pb2.CompletionRequest(**fields), timeout=CALL_SECONDS)
    *before, last = events
    check(last.WhichOneof("event") == "done", f"the stream ends with {last}")
    return [event.text for event in before if event.WhichOneof("event") == "text"], last.done


def health(channel, service):
    request = health_pb2.HealthCheckRequest(service=service)
    reply = call(channel, "/grpc.health.v1.Health/Check", request, health_pb2.HealthCheckResponse)
    return reply.status


def use(channel, answer):
    status = call(
        channel, f"/{SERVICE}/GetStatus", llm_pb2.StatusRequest(), llm_pb2.StatusResponse
    )
    check(status.ready and status.model_name and status.addon_version, f"the status is {status}")
    for service in ("", SERVICE):
        found = health(channel, service)
        check(found == health_pb2.HealthCheckResponse.SERVING, f"the health of {service!r}: {found}")

    question = llm_pb2.Message(role=llm_pb2.ROLE_USER, content="Wie geht's, Zoë? 😀")
    whole = complete(channel, system_prompt="Be brief.", messages=[question])
    check(whole.content == answer, f"the answer is {whole.content!r}, not {answer!r}")
    check(whole.stop_reason == "end_turn", f"the whole answer stopped for {whole.stop_reason}")
    check(whole.usage.input_tokens > 0 and whole.usage.output_tokens > 0, f"it used {whole.usage}")
    texts, done = complete_in_pieces(channel, system_prompt="Be brief.", messages=[question])
    check("".join(texts) == answer == done.content, f"the stream says {texts!r} and {done}")
    check(done.usage.output_tokens == whole.usage.output_tokens, f"the stream used {done.usage}")
    cut = complete(channel, messages=[question], max_tokens=1)
    check(cut.stop_reason == "max_tokens", f"the answer of one token stopped for {cut.stop_reason}")

    try:
        complete(channel)
    except grpc.RpcError as refusal:
        check(refusal.code() == grpc.StatusCode.INVALID_ARGUMENT, f"no messages: {refusal}")
        check("messages" in refusal.details(), f"no messages: {refusal}")
    else:
        raise AssertionError("a request without messages was answered")


def shut_down(channel):
    request = llm_pb2.ShutdownRequest(graceful=True)
    reply = call(channel, f"/{SERVICE}/Shutdown", request, llm_pb2.ShutdownResponse)
    check(reply.accepted, "Shutdown was not accepted")


def main(launcher, model, answer):
    check(not running(), "the lock says that a daemon runs before there is one")
    daemon = start(launcher, model)
    try:
        wait_for("the start", START_SECONDS, accepts)
        check(running(), "the lock says that no daemon runs beside one that accepts")
        with grpc.insecure_channel(f"unix:{SOCKET}") as channel:
            use(channel, answer)
            shut_down(channel)
        wait_for("the end", END_SECONDS, lambda: not os.path.lexists(LOCK))
        check(not os.path.lexists(SOCKET), "the lock file is gone, but the socket is there")
        status = daemon.wait(END_SECONDS)
        check(status == 0, f"the daemon ended with status {status}")
        check(not running(), "the lock says that a daemon runs after its end")
    finally:
        daemon.kill()
        daemon.wait()


main(*sys.argv[1:])
