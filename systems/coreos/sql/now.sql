-- The store's clock.
SELECT coreos_now_ms() AS now
