package clock_test

import (
	"testing"
	"time"

	"msgraph-user/emulator/clock"
)

func TestClockRunsOnFromWhereItWasPut(t *testing.T) {
	machine := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := clock.New(func() time.Time { return machine })
	c.Set(machine.AddDate(0, 0, 8))
	machine = machine.Add(time.Minute)
	if got, want := c.Now(), time.Date(2026, 1, 10, 3, 5, 5, 0, time.UTC); !got.Equal(want) {
		t.Errorf("after Set and a minute: %v, want %v", got, want)
	}
	c.Advance(-time.Hour)
	if got, want := c.Now(), time.Date(2026, 1, 10, 2, 5, 5, 0, time.UTC); !got.Equal(want) {
		t.Errorf("after Advance(-1h): %v, want %v", got, want)
	}
	c.Reset()
	if got := c.Now(); !got.Equal(machine) {
		t.Errorf("after Reset: %v, want the source's %v", got, machine)
	}
}
