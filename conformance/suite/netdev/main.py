"""Knows packet sockets and NSH, and nothing of COVEN. An output that is not there is an interface that is not there: byte 3 is dropped."""
import select
import socket

NSH = 38  # outer Ethernet, 8 bytes, and the context
CONTEXT = 22
RCVBUFFORCE = 33
ends = {name: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) for name in ("in", "out", "side")}
for name, end in ends.items():
    end.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 4 << 20)  # a socket's usual 208 KiB hold some 250 packets: the others would be lost
    end.bind((name, 0))
while True:
    select.select([ends["in"]], [], [])
    data, address = ends["in"].recvfrom(65536)
    deed = data[NSH + 14]
    if address[2] != socket.PACKET_OUTGOING and deed in (0, 2):
        packet = bytearray(data)
        packet[CONTEXT + 1] = (packet[CONTEXT] + 7) & 255
        ends["out" if deed == 0 else "side"].send(packet)
