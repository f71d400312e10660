# ipv6lab in a container that is given nothing: no privilege, no capability, no device. Labs run on
# the lab kernel, an ordinary process. Image and kernel are brought along, since neither can be
# built in such a container: 'make container' packs both and builds this.
FROM debian:trixie-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git make python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --shell /bin/bash lab

USER lab
WORKDIR /home/lab/ipv6lab
ENV LANG=C.UTF-8 PATH=/home/lab/ipv6lab/.venv/bin:/usr/local/bin:/usr/bin:/bin

COPY --chown=lab . .
RUN tools/set-up notebook \
    && ipv6lab image install build/container/lab-image.tar.gz \
    && ipv6lab kernel install build/container/linux \
    && rm -r build

# A lab kernel's memory is a file in /dev/shm, of which Docker gives 64 MiB: --shm-size makes more;
# without it the file lies in /tmp.
EXPOSE 8888
CMD ["bash", "--login"]
