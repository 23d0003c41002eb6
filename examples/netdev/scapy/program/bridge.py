"""What comes in at `in` goes out at `out` and the other way, but for UDP to port 7. Knows Scapy and nothing of COVEN."""
from threading import Thread

from scapy.all import UDP, conf, sendp, sniff

left, right = conf.L2socket(iface="in"), conf.L2socket(iface="out")


def carry(source, target):
    def cross(packet):
        if UDP not in packet or packet[UDP].dport != 7:
            sendp(packet, socket=target, verbose=False)

    sniff(opened_socket=source, store=False, prn=cross)


Thread(target=carry, args=(right, left), daemon=True).start()
carry(left, right)
