# A remote key server: gokeyless on one EC2 c5.xlarge, four cores, next to its clients.
#
# Published: 46,560 RSA signatures and 2,661,570 ECDSA signatures in 60 seconds, with four workers
# (https://developers.cloudflare.com/ssl/keyless-ssl/reference/scaling-and-benchmarking/).
# Derived: 4 * 60 s / 46,560 = 5.15 ms and 4 * 60 s / 2,661,570 = 90 us. The network is not in it: for a key
# server that is 20 ms away, add that to each time, and give workers= as many as may be under way.
workers=4
queue=1000
ops=sign+decrypt
latency=rsa:5150us~500us
latency=ec/sign:90us~10us
