# A cluster of two AWS CloudHSM instances (hsm2m.medium).
#
# Published: 2,000 RSA-2048 and 3,000 P-256 signatures a second
# (https://docs.aws.amazon.com/cloudhsm/latest/userguide/performance.html).
# Derived with Little's law for eight operations at once, which is an assumption: 8 / 2,000 per second = 4 ms,
# 8 / 3,000 per second = 2.67 ms. A quarter of that as spread is an assumption, too.
workers=8
queue=1000
ops=sign+decrypt
latency=rsa2048:4ms~1ms
latency=p256/sign:2670us~670us
