"""What every other package uses: errors, settings files, commands, processes, CPU affinity."""
