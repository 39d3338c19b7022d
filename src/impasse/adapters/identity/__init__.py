"""From a secret that somebody shows to who that is."""
