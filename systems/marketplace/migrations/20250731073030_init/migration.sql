-- Who is here, what is offered and who applied.
CREATE TYPE "UserType" AS ENUM ('FREELANCER', 'CLIENT', 'BOTH');
CREATE TYPE "BudgetType" AS ENUM ('FIXED', 'HOURLY');
CREATE TYPE "JobStatus" AS ENUM ('OPEN', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED');
CREATE TYPE "ApplicationStatus" AS ENUM ('PENDING', 'ACCEPTED', 'REJECTED');

CREATE TABLE users (
  id text PRIMARY KEY,
  username text NOT NULL,
  email text NOT NULL,
  "walletAddress" text,
  password text,
  "userType" "UserType" NOT NULL DEFAULT 'FREELANCER',
  "isVerified" boolean NOT NULL DEFAULT false,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);
CREATE UNIQUE INDEX users_username_key ON users (username);
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE UNIQUE INDEX "users_walletAddress_key" ON users ("walletAddress");

CREATE TABLE profiles (
  id text PRIMARY KEY,
  "userId" text NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  "firstName" text,
  "lastName" text,
  bio text,
  title text,
  location text,
  website text,
  "companyName" text,
  avatar text,
  skills text[] NOT NULL,
  portfolio text[] NOT NULL,
  "hourlyRate" double precision,
  experience integer,
  rating double precision DEFAULT 0,
  "completedJobs" integer DEFAULT 0,
  "totalEarnings" double precision DEFAULT 0,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);
CREATE UNIQUE INDEX "profiles_userId_key" ON profiles ("userId");

CREATE TABLE jobs (
  id text PRIMARY KEY,
  title text NOT NULL,
  description text NOT NULL,
  "clientId" text NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  "budgetAmount" double precision NOT NULL,
  "budgetType" "BudgetType" NOT NULL,
  currency text NOT NULL DEFAULT 'USD',
  duration text NOT NULL,
  deadline timestamp(3),
  skills text[] NOT NULL,
  requirements text[] NOT NULL,
  status "JobStatus" NOT NULL DEFAULT 'OPEN',
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE applications (
  id text PRIMARY KEY,
  "jobId" text NOT NULL REFERENCES jobs (id) ON DELETE CASCADE ON UPDATE CASCADE,
  "freelancerId" text NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  "coverLetter" text NOT NULL,
  "proposedRate" double precision NOT NULL,
  "estimatedDuration" text NOT NULL,
  portfolio text,
  status "ApplicationStatus" NOT NULL DEFAULT 'PENDING',
  "appliedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);
CREATE UNIQUE INDEX "applications_jobId_freelancerId_key" ON applications ("jobId", "freelancerId");

CREATE TABLE reviews (
  id text PRIMARY KEY,
  "fromUserId" text NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  "toUserId" text NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  rating integer NOT NULL,
  comment text,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);
CREATE UNIQUE INDEX "reviews_fromUserId_toUserId_key" ON reviews ("fromUserId", "toUserId");
