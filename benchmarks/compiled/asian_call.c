/* Value and gradient of a discounted Asian call, summed over Black-Scholes paths: loops as a person
   would write them, a strip of paths at a time. A price is S exp(drift t + scale w), with w the sum
   of the increments so far, so the sums over a path of prices, of prices times t and of prices
   times w give all derivatives in one sweep. The last strip ends with the last path; those that
   it shares with the one before count nothing. At least one strip of paths. */

#include <math.h>

#include "strips.h"

/* market: S, r, sigma, T, K; gradient likewise, added to. */
double asian_call(long paths, const double (*restrict z)[STEPS], const double *restrict market,
                  double *restrict gradient) {
    const double spot = market[0], rate = market[1], sigma = market[2], maturity = market[3];
    const double dt = maturity / STEPS, root = sqrt(dt), discount = exp(-rate * maturity);
    const double slope = rate - 0.5 * sigma * sigma, drift = slope * dt, scale = sigma * root;
    double value = 0.0, count = 0.0, prices = 0.0, in_time = 0.0, along = 0.0;
    for (long next = 0; next < paths; next += STRIP) {
        const long start = next + STRIP <= paths ? next : paths - STRIP;
        strip price, walk, sum, by_time, by_walk, step[8];
        for (int s = 0; s < STRIP; s++) {
            price[s] = spot;
            walk[s] = sum[s] = by_time[s] = by_walk[s] = 0.0;
        }
        for (int first = 0; first < STEPS; first += 8) {
            const int steps = STEPS - first < 8 ? STEPS - first : 8;
            for (int s = 0; s < STRIP; s++)
                for (int k = 0; k < steps; k++)
                    step[k][s] = z[start + s][first + k];
            for (int k = 0; k < steps; k++) {
                const double t = (first + k + 1) * (1.0 / STEPS);
                for (int s = 0; s < STRIP; s++) {
                    walk[s] += step[k][s];
                    price[s] *= exp(drift + scale * step[k][s]);
                    sum[s] += price[s];
                    by_time[s] += price[s] * t;
                    by_walk[s] += price[s] * walk[s];
                }
            }
        }
        for (int s = 0; s < STRIP; s++) {
            const double excess = sum[s] * (1.0 / STEPS) - market[4];
            const double paid = excess > 0.0 && start + s >= next ? 1.0 : 0.0;
            value += paid * excess;
            count += paid;
            prices += paid * sum[s];
            in_time += paid * by_time[s];
            along += paid * by_walk[s];
        }
    }
    prices *= discount / STEPS;
    in_time *= discount / STEPS;
    along *= discount / STEPS;
    value *= discount;
    gradient[0] += prices / spot;
    gradient[1] += maturity * (in_time - value);
    gradient[2] += root * along - sigma * maturity * in_time;
    gradient[3] += slope * in_time + 0.5 * sigma * root / maturity * along - rate * value;
    gradient[4] -= discount * count;
    return value;
}
