"""The search for the settings that a network learns best with (theory D7)."""
