"""Knows packet sockets and nothing of COVEN. An output that is not there is an interface that is not there: byte 3 is dropped."""
import select
import socket

ends = {name: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) for name in ("in", "out", "side")}
for name, end in ends.items():
    end.bind((name, 0))
while True:
    select.select([ends["in"]], [], [])
    data, address = ends["in"].recvfrom(65536)
    if address[2] != socket.PACKET_OUTGOING and data[14] in (0, 2):
        ends["out" if data[14] == 0 else "side"].send(data)
