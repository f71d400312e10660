"""The course as data: exercises, plans, configuration folders and languages, read and checked."""
