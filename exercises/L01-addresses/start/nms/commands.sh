# It is on no network, and there is nothing to configure.
