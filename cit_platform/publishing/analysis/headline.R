# The headline odds ratio of force, certified compared with not certified, from the published files of this edition.
#
# Run it in the folder `analysis` of an edition: Rscript headline.R
# Needs R and no package. It ends with an error where its numbers are not those that the edition prints.
#
# With log odds ratio b, its variance V among officers, and the 97.5 % quantile q of Student's t on the effective number
# of clusters less one, the interval is exp(b - q sqrt(V)) to exp(b + q sqrt(V)).

table_of <- function(name) {
  file <- file.path("..", "tables", paste0(name, ".csv"))
  packed <- paste0(file, ".gz")
  frame <- read.csv(if (file.exists(packed)) packed else file, colClasses = "character", encoding = "UTF-8")
  frame[is.na(frame)] <- ""
  frame
}

estimates <- table_of("estimates")
row <- estimates[estimates$model == "force" & estimates$role == "headline" & estimates$outcome == "force" &
                   estimates$term == "cit_certified" & estimates$level == "", ]
stopifnot(nrow(row) == 1)

if (row$odds_ratio == "" || row$conf_low == "") {
  cat("The headline odds ratio cannot be estimated:", row$note, "\n")
} else {
  pairs <- table_of("fit_matrices")
  own <- pairs[pairs$model == row$model & pairs$variant == row$variant & pairs$outcome == row$outcome &
                 pairs$term == row$term & pairs$level == row$level & pairs$other_outcome == row$outcome &
                 pairs$other_term == row$term & pairs$other_level == row$level, ]
  stopifnot(nrow(own) == 1)
  b <- as.numeric(row$estimate)
  v <- as.numeric(own$covariance)
  q <- if (row$effective_clusters == "") qnorm(0.975) else qt(0.975, max(as.numeric(row$effective_clusters) - 1, 1))
  found <- exp(b + c(0, -1, 1) * q * sqrt(v))
  printed <- as.numeric(c(row$odds_ratio, row$conf_low, row$conf_high))
  stopifnot(all(abs(found / printed - 1) < 1e-6))
  cat(sprintf("%s contacts, %s with force, %s officers\n", row$n_contacts, row$n_events, row$n_officers))
  cat(sprintf("odds ratio %.4g, 95 %% interval %.4g to %.4g\n", found[1], found[2], found[3]))
}
