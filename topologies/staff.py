"""The staff LAN of the model agency's head office, with its servers behind one router."""

from agency import Staff

topos = {"staff": Staff}
