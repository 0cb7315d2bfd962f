"""PyJWT as a peer: reads a question a line, writes an answer a line (peer.ts says what is in them)."""

import json
import sys

import cryptography  # without it PyJWT knows HMAC alone  # noqa: F401
import jwt


def answer(question):
    return {
        "signed": attempt(lambda: {"token": sign(question)}),
        "verified": [attempt(lambda token=token: verify(question, token)) for token in question["tokens"]],
    }


def sign(question):
    return jwt.encode(
        question["claims"], question["privateKey"], algorithm=question["algorithm"], headers=question["header"]
    )


def verify(question, token):
    decoded = jwt.PyJWT().decode_complete(
        token,
        question["publicKey"],
        algorithms=[question["algorithm"]],
        issuer=question["issuer"],
        audience=question["audience"],
    )
    return {"header": decoded["header"], "claims": decoded["payload"]}


def attempt(work):
    try:
        return work()
    except Exception as error:  # whatever it throws is its refusal
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin.buffer:
    print(json.dumps(answer(json.loads(line))))
