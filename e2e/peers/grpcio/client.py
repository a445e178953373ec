"""Calls a service by its xDS name, once for each line of JSON that it reads, and prints what came."""

import json
import sys

import grpc

channel = grpc.insecure_channel(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    call = channel.unary_unary(ask["method"])
    try:
        answer = call(b"", metadata=list(ask["headers"].items()), timeout=30, wait_for_ready=True).decode()
    except grpc.RpcError as error:
        answer = error.code().name
    print("answer", ask["id"], answer, flush=True)
