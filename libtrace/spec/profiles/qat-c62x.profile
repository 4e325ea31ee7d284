# An Intel QuickAssist C62x PCIe card (three endpoints of ten engines each).
#
# Published: 110,000 RSA-2048 signatures a second with `openssl speed` on a c6xx card
# (https://github.com/intel/QAT_Engine/issues/34). Endpoints have ten engines each
# (ADF_C62X_MAX_ACCELENGINES, Linux drivers/crypto/intel/qat/qat_c62x/adf_c62x_hw_data.h).
# Derived: 30 engines / 110,000 per second = 273 us for each RSA-2048 operation. That the spread is small,
# and 64 requests for each ring, are assumptions. Other key types have no figure here: they take
# what they take on this machine.
#
# The computation is really done on this machine's CPU, which limits the throughput; what the card
# saves in CPU time is not modelled, what it costs in time and limits is.
workers=30
queue=64
latency=rsa2048:273us~15us
