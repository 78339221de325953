"""Measures Yizhan beside its peers on this machine: `./run bench [NAME…]`. See bench/README.md."""
